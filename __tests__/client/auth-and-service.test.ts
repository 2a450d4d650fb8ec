import { ChatSession, type ConnectionState, createChatClient } from '../../src/client/index.ts';
import { accepting } from '../support/accepting.ts';
import { idle, until } from '../support/chat-sessions.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { type Service, startService } from '../support/service.ts';

const FAST = { baseMs: 1, capMs: 20, giveUpAfterMs: 100_000 };
const ask = (content: string) => ({ messages: [{ role: 'user' as const, content }] });

describe('the client and a service with authentication', () => {
  const users = new Map<string, string>();
  let service: Service;
  beforeAll(async () => {
    service = await startService({ authenticate: accepting(users) });
  });
  beforeEach(() => {
    users.clear();
    users.set('token-1', 'ada').set('other', 'eve');
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it('[AUTH-2] has access with a credential to what its user has, everywhere', async () => {
    const client = createChatClient({ baseUrl: service.url, auth: 'token-1' });
    const run = client.send(ask('question'));
    expect(await run.done).toMatchObject({ type: 'complete' });
    const chatId = run.chatId ?? '';
    expect(await client.followChat(chatId)).toBeNull();
    expect(await client.follow(run.runId ?? '').done).toMatchObject({ type: 'complete' });
    expect((await client.chats.list()).chats.map(({ id }) => id)).toContain(chatId);
    expect(await client.chats.export(chatId)).toContain('question');
    expect(await client.models()).not.toHaveLength(0);
    expect(await client.liveRuns()).toEqual([]);
    expect((await client.usage({ limit: 1 })).runs).toMatchObject([{ chatId }]);
    const { workspace } = await client.workspaces.create({ name: 'Ours' });
    expect(await client.workspaces.get(workspace.id)).toMatchObject({ workspace: { id: workspace.id } });
    expect(await client.regenerate(chatId).done).toMatchObject({ type: 'complete' });
    await client.chats.delete(chatId);
  });

  it.each([undefined, 'wrong'])('[AUTH-10] is refused with %j', async (auth) => {
    const client = createChatClient({ baseUrl: service.url, auth });
    const refused = { code: 'unauthenticated', status: 401, retryable: false };
    await expect(client.chats.list()).rejects.toMatchObject(refused);
    await expect(client.workspaces.list()).rejects.toMatchObject(refused);
    await expect(client.send(ask('question')).done).rejects.toMatchObject(refused);
  });

  /** A network that cuts the first connection to the service. `cutting`: what is done when the client has noticed. */
  async function cutOnce() {
    let cuts = 1;
    const proxy = await startCuttingProxy(
      () => service.url,
      () => (cuts-- > 0 ? 2_500 : undefined),
    );
    const question = ask('[[simulate: tokens=60, delay_ms=5]]');
    const cutting = (cut: () => void) => ({
      onConnection: ({ state }: ConnectionState) => {
        if (state === 'reconnecting') cut();
      },
    });
    return Object.assign(proxy, { question, cutting });
  }

  it('[AUTH-2] continues a run with another token when the first one has expired', async () => {
    await using proxy = await cutOnce();
    let newest = 1;
    const client = createChatClient({
      baseUrl: proxy.url,
      reconnect: FAST,
      auth: ({ refresh }) => {
        if (refresh) {
          newest += 1;
          users.set(`token-${newest}`, 'ada');
        }
        return `token-${newest}`;
      },
    });
    const run = client.send(
      proxy.question,
      proxy.cutting(() => users.delete('token-1')),
    );
    const { finalContentLength } = await run.done;
    expect(run.content).toHaveLength(finalContentLength);
    expect(newest).toBe(2);
  });

  it('[AUTH-2] ends a run that it follows when its token has expired, and continues from there with another', async () => {
    await using proxy = await cutOnce();
    const expired = createChatClient({ baseUrl: proxy.url, reconnect: FAST, auth: () => 'token-1' });
    const run = expired.send(
      proxy.question,
      proxy.cutting(() => users.delete('token-1')),
    );
    await expect(run.done).rejects.toMatchObject({ code: 'unauthenticated' });
    users.set('token-2', 'ada');
    const client = createChatClient({ baseUrl: service.url, auth: 'token-2' });
    const { runId, lastEventId, content, chatId } = run;
    const resumed = client.follow({ runId: runId ?? '', lastEventId: lastEventId ?? '', content });
    await resumed.done;
    expect(content.length).toBeGreaterThan(0);
    expect(resumed.content.startsWith(content)).toBe(true);
    const { messages } = await client.chats.get(chatId ?? '');
    expect(resumed.content).toBe(messages.at(-1)?.content);
  });

  it("[AUTH-6] does not find another user's chat", async () => {
    const ada = createChatClient({ baseUrl: service.url, auth: 'token-1' });
    const run = ada.send(ask('question'));
    await run.done;
    const eve = createChatClient({ baseUrl: service.url, auth: 'other' });
    const session = new ChatSession({ client: eve, chatId: run.chatId ?? '', mustExist: true });
    session.open();
    expect(await until(session, idle)).toMatchObject({ missing: true, error: { code: 'not_found' } });
    session.close();
  });
});
