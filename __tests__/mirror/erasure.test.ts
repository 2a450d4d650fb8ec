import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { allEvents, ask, terminalOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';
import { Viewer } from '../support/viewer.ts';

const SECRET = 'hunter2-77aa';
const CHUNKS = ['The ', 'password ', 'is ', SECRET, ', ', 'of ', 'course. ', 'Bye.'];
const FROM = CHUNKS.join('').indexOf(SECRET);

describe('[STORE-6] in a chat that somebody watches', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(() => service[Symbol.asyncDispose]());

  const found = (text: string) =>
    readdirSync(dirname(service.databaseFile), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => readFileSync(path, 'latin1').includes(text));

  /** Not at once: live documents are told after the client, and the log is emptied once a second at most. */
  const gone = async (text: string) => {
    while (found(text).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  };

  it('what is deleted is in no file any more, nor in the history of its live document', async () => {
    service.simulator.setBehaviour({ delayMs: 5, firstDelayMs: 0, chunks: CHUNKS });
    using viewer = new Viewer(service.url);
    const doc = await viewer.watch('watched');
    await allEvents(ask(service.url, `Say ${SECRET}`, { chatId: 'watched' }));
    while (doc.data?.status !== 'idle') await new Promise((resolve) => setTimeout(resolve, 20));
    expect(found(SECRET)).not.toEqual([]);
    expect((await fetch(`${service.url}/api/chat/watched`, { method: 'DELETE' })).status).toBe(204);
    await gone(SECRET);
    await service.restart();
    expect(found(SECRET)).toEqual([]);
  });

  it('[PROV-8] what is taken back is in no file any more', async () => {
    service.simulator.setBehaviour({
      delayMs: 5,
      firstDelayMs: 0,
      chunks: CHUNKS,
      fault: { kind: 'late_violation', at: 'end', from: FROM, to: FROM + SECRET.length },
    });
    using viewer = new Viewer(service.url);
    await viewer.watch('watched');
    const events = await allEvents(ask(service.url, 'Hi', { chatId: 'watched' }));
    expect(terminalOf(events)).toMatchObject({ finishReason: 'content_filter' });
    await gone(SECRET);
    await service.restart();
    expect(found(SECRET)).toEqual([]);
  });
});
