import { randomUUID } from 'node:crypto';
import { createChatClient } from '../../src/client/index.ts';
import { edit, inTokens, writing } from '../support/edits.ts';
import { allEvents, ask, post } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

describe('a question for a chat that must exist', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const codeOf = async (response: Response) => {
    const { error } = (await response.json()) as { error: { code: string; details?: unknown } };
    return [response.status, error.code];
  };
  const counts = () =>
    service.query('SELECT (SELECT count(*) FROM Chat) chats, (SELECT count(*) FROM Message) messages');

  it('[CHAT-1] is answered where the chat is known', async () => {
    const chatId = randomUUID();
    await allEvents(ask(service.url, 'First', { chatId }));
    await allEvents(ask(service.url, 'Second', { chatId, mustExist: true }));
    expect(
      service.query('SELECT content FROM Message WHERE chatId = ? AND role = ?', chatId, 'user'),
    ).toEqual([{ content: 'First' }, { content: 'Second' }]);
  });

  it('[CHAT-1] is 404 where it is unknown or was deleted, with nothing stored and nothing sent', async () => {
    const chatId = randomUUID();
    await allEvents(ask(service.url, 'To be deleted', { chatId }));
    await fetch(`${service.url}/api/chat/${chatId}`, { method: 'DELETE' });
    const before = counts();
    const sent = service.simulator.requests.length;
    const key = { 'idempotency-key': randomUUID() };
    const body = { chatId, mustExist: true, messages: [{ role: 'user', content: 'Go on' }] };
    expect(await codeOf(await post(`${service.url}/api/chat`, body, key))).toEqual([404, 'not_found']);
    expect(await codeOf(await post(`${service.url}/api/chat`, body, key))).toEqual([404, 'not_found']);
    expect(await codeOf(await ask(service.url, 'Go on', { chatId: randomUUID(), mustExist: true }))).toEqual([
      404,
      'not_found',
    ]);
    expect(counts()).toEqual(before);
    expect(service.simulator.requests).toHaveLength(sent);
    // The id is as free as any other for whoever does not insist.
    await allEvents(ask(service.url, 'Begin anew', { chatId, mustExist: false }));
  });

  it.each([
    ['without a chat', { mustExist: true }],
    ['that is no boolean', { chatId: 'known', mustExist: 'yes' }],
  ])('[CHAT-1] a condition %s is refused by name', async (_name, more) => {
    const response = await ask(service.url, 'Hello', more);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { details: Array<{ field: string }> } };
    expect(error.details.map(({ field }) => field)).toEqual(['mustExist']);
  });

  it('[CHAT-1] the typed client rejects with not_found', async () => {
    const client = createChatClient({ baseUrl: service.url });
    const messages = [{ role: 'user' as const, content: 'Go on' }];
    const run = client.send({ chatId: randomUUID(), mustExist: true, messages });
    await expect(run.done).rejects.toMatchObject({ code: 'not_found', status: 404, retryable: false });
  });

  it('[CHAT-1] an edit of a workspace whose chat was deleted is 404, and changes no file', async () => {
    const created = await post(`${service.url}/api/workspaces`, { files: [{ name: 'a.txt', text: 'a\n' }] });
    const { workspace } = (await created.json()) as { workspace: { id: string } };
    service.simulator.setBehaviour({ chunks: inTokens(writing({ 'a.txt': 'b\n' })), delayMs: 0 });
    await edit(service.url, workspace.id);
    const address = `${service.url}/api/workspaces/${workspace.id}`;
    const { chatId } = (await (await fetch(address)).json()) as { chatId: string };
    await fetch(`${service.url}/api/chat/${chatId}`, { method: 'DELETE' });
    const sent = service.simulator.requests.length;
    const refused = await post(`${address}/edit?protocol=native`, { prompt: 'Again', mustExist: true });
    expect(await codeOf(refused)).toEqual([404, 'not_found']);
    expect(service.simulator.requests).toHaveLength(sent);
    expect(service.query('SELECT id FROM Chat WHERE id = ?', chatId)).toEqual([]);
    // Nothing is held back from whoever asks without it.
    await edit(service.url, workspace.id);
  });
});
