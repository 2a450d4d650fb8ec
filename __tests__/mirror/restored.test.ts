import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Editor, fileOf, insert, makeWorkspace } from '../support/editor.ts';
import { allEvents, ask } from '../support/events.ts';
import { RawViewer } from '../support/raw-viewer.ts';
import { type Service, startService } from '../support/service.ts';
import { told, Viewer } from '../support/viewer.ts';

/** What went wrong with a document, in ShareDB's words. */
function failureOf(doc: { on(event: 'error', listener: (error: unknown) => void): unknown }) {
  return new Promise<unknown>((resolve) =>
    doc.on('error', (error) => resolve((error as { code: unknown }).code)),
  );
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'taken',
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

describe('a database that was put back from a backup', () => {
  let service: Service;
  let backup: string;
  let folder: string;
  let viewer: Viewer;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'backup-'));
    backup = join(folder, 'chat.db');
    service = await startService();
    viewer = new Viewer(service.url);
  });
  afterEach(async () => {
    viewer[Symbol.dispose]();
    await service[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** A restart writes everything into the one file. */
  const keep = async () => {
    await service.restart();
    await service.restart(() => copyFileSync(service.databaseFile, backup));
  };
  const putBack = () => service.restart(() => copyFileSync(backup, service.databaseFile));

  it('[MIRROR-7] says document_too_old to those who watched a chat that is gone on from there', async () => {
    await allEvents(await ask(service.url, 'One?', { chatId: 'restored' }));
    await keep();
    await viewer.wake(service.url);
    const doc = await viewer.watch('restored');
    await allEvents(await ask(service.url, 'Two?', { chatId: 'restored' }));
    while (doc.data?.messages.length !== 4) await new Promise(setImmediate);
    const failed = failureOf(doc);
    await viewer.sleep();
    await putBack();
    await viewer.wake(service.url);
    expect(await failed).toBe('document_too_old');
    await new Promise<void>((resolve) => doc.destroy(() => resolve()));
    const fresh = await viewer.watch('restored');
    expect(fresh.data?.messages.map(({ content }) => content)).toEqual(['One?', 'Hello there']);
  });

  it('[MIRROR-7] says so also when the document has come to that version again in another way', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': '' });
    const fileId = ids['a.txt'] ?? '';
    await keep();
    using ada = new Editor(service.url);
    const doc = await ada.open(id);
    for (const text of 'abcdef') await insert(doc, fileId, 0, text);
    await ada.sleep();
    await putBack();
    using bob = new Editor(service.url);
    const theirs = await bob.open(id);
    for (const text of 'uvwxyz!') await insert(theirs, fileId, 0, text);
    expect(theirs.version).toBeGreaterThan(doc.version ?? 0);
    const typed = codeOf(insert(doc, fileId, 3, 'typed'));
    await ada.wake(service.url);
    expect(['document_too_old', 'refused', undefined]).toContain(await typed);
    expect(fileOf(theirs, fileId).text).toBe('!zyxwvu');
    await told((done) => theirs.fetch(done));
    expect(fileOf(theirs, fileId).text).toBe('!zyxwvu');
  });

  it.each(['f', 's'])('[MIRROR-7] refuses version %s of a document that has not come to it', async (a) => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': '' });
    const raw = await RawViewer.open(service.url);
    const reply = await raw.ask({ a, c: 'workspaces', d: id, v: 9 });
    expect(reply).toMatchObject({ d: id, error: { code: 'document_too_old' } });
    const bulk = await raw.ask(
      { a: `b${a}`, c: 'workspaces', b: { [id]: 9 } },
      (message) => message.d === id,
    );
    expect(bulk).toMatchObject({ a, error: { code: 'document_too_old' } });
    raw.close();
  });
});
