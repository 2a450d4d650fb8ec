import { makeWorkspace } from '../../support/editor.ts';
import { allEvents, ask, terminalOf } from '../../support/events.ts';
import { type Service, startService } from '../../support/service.ts';
import { told, Viewer } from '../../support/viewer.ts';

const MIB = 1024 * 1024;

describe('[LIMIT-1] limits.database_bytes', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService({ config: { limits: { databaseBytes: 2 * MIB } } });
  });
  afterEach(() => service[Symbol.asyncDispose]());

  const send = (path: string, method: string, body?: unknown) =>
    fetch(service.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it('refuses new text when it is reached; reads and deletions work, and deletions free space', async () => {
    const chats: string[] = [];
    for (;;) {
      const chatId = `chat${chats.length}`;
      const response = await ask(service.url, 'x'.repeat(200_000), { chatId });
      if (response.status !== 200) {
        expect(response.status).toBe(503);
        expect(response.headers.get('retry-after')).not.toBeNull();
        expect(await response.json()).toMatchObject({ error: { code: 'storage_full' } });
        expect((await fetch(`${service.url}/api/chat/${chatId}`)).status).toBe(404);
        break;
      }
      expect(terminalOf(await allEvents(response)).type).toBe('complete');
      chats.push(chatId);
    }
    expect(chats.length).toBeGreaterThan(3);
    expect(chats.length).toBeLessThan(15);
    const asked = service.simulator.requests.length;
    for (const [path, method, body] of [
      ['/api/chat/chat0/regenerate', 'POST', {}],
      [
        '/v1/chat/completions',
        'POST',
        { model: 'test-deployment', messages: [{ role: 'user', content: 'Hi' }] },
      ],
      ['/api/workspaces', 'POST', { name: 'new' }],
    ] as const) {
      const response = await send(path, method, body);
      expect([path, response.status]).toEqual([path, 503]);
      expect(JSON.stringify(await response.json())).toContain('storage_full');
    }
    expect(service.simulator.requests).toHaveLength(asked);
    for (const path of ['/api/chats', '/api/chat/chat0', '/api/chat/chat0/export', '/api/usage', '/readyz']) {
      const response = await send(path, 'GET');
      expect([path, response.status]).toEqual([path, 200]);
      await response.arrayBuffer();
    }
    for (const chatId of chats.slice(0, 3))
      expect((await send(`/api/chat/${chatId}`, 'DELETE')).status).toBe(204);
    expect(terminalOf(await allEvents(ask(service.url, 'Hi'))).type).toBe('complete');
  });

  it('collaborators can remove text but not add any', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'notes.txt': 'some text\n' });
    const fileId = ids['notes.txt'] as string;
    for (let count = 0; ; count += 1) {
      const response = await ask(service.url, 'x'.repeat(200_000), { chatId: `chat${count}` });
      if (response.status !== 200) break;
      await allEvents(response);
    }
    using viewer = new Viewer(service.url);
    const doc = viewer.connection.get('workspaces', id);
    await told((callback) => doc.subscribe(callback));
    const send = (component: object) => told((callback) => doc.submitOp([component], undefined, callback));
    const at = (offset: number) => ({ p: ['files', fileId, 'text', offset] });
    await expect(send({ ...at(0), si: 'more' })).rejects.toMatchObject({ code: 'storage_full' });
    await send({ ...at(0), sd: 'some ' });
    expect(doc.data.files[fileId].text).toBe('text\n');
  });

  it('is off by default', async () => {
    await using unbounded = await startService();
    for (let count = 0; count < 12; count += 1) {
      expect(terminalOf(await allEvents(ask(unbounded.url, 'x'.repeat(250_000)))).type).toBe('complete');
    }
  });
});
