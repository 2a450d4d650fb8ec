import { type AnswerEnd, type ChatSnapshot, createChatClient } from '../../src/client/index.ts';
import { idle, sessionOf, spoken, streams, until } from '../support/chat-sessions.ts';
import { type Service, startService } from '../support/service.ts';

describe('a chat session that several windows share', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const known = ({ phase, messages }: ChatSnapshot) =>
    phase === 'idle' && messages.every(({ isStored }) => isStored);
  const keys = ({ messages }: ChatSnapshot) => messages.map(({ key }) => key);

  it('[CLIENT-4] a message keeps its key when its id becomes known; then it can be edited', async () => {
    const ends: AnswerEnd[] = [];
    const began: string[] = [];
    const session = sessionOf(service.url, undefined, {
      onBegin: (chatId) => began.push(chatId),
      onEnd: (end) => ends.push(end),
    });
    session.send('[[simulate: chunks=["an answer"], delay_ms=0]]');
    const asked = session.snapshot();
    expect(asked.messages[0]).toMatchObject({ isStored: false, id: keys(asked)[0] });
    expect(session.edit(keys(asked)[0] ?? '', 'too early')).toBe(false);
    const stored = await until(session, known);
    expect(keys(stored)).toEqual(keys(asked));
    expect(stored.chat?.title).toContain('simulate');
    expect(stored.answerer).toMatchObject({ provider: expect.any(String), model: expect.any(String) });
    expect(session.edit('unknown', 'something')).toBe(false);
    expect(session.edit(stored.messages[0]?.id ?? '', '[[simulate: chunks=["another"], delay_ms=0]]')).toBe(
      true,
    );
    const edited = await until(
      session,
      (snapshot) => known(snapshot) && snapshot.messages[1]?.content === 'another',
    );
    expect(edited.messages).toHaveLength(2);
    expect(edited.messages[0]?.id).not.toBe(stored.messages[0]?.id);
    expect(began).toEqual([stored.chatId]);
    while (ends.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(ends).toMatchObject([
      { terminal: { type: 'complete' }, chatId: stored.chatId, chat: { id: stored.chatId } },
      { terminal: { type: 'complete' } },
    ]);
    await session.rename('A better title');
    expect(session.snapshot().chat?.title).toBe('A better title');
    session.close();
  });

  it('[CLIENT-4] refresh() shows what another window asked, and follows its answer', async () => {
    const first = sessionOf(service.url);
    first.send('[[simulate: chunks=["an answer"], delay_ms=0]]');
    const { chatId } = await until(first, known);
    const second = sessionOf(service.url, chatId ?? '');
    await until(second, known);
    second.send('[[simulate: tokens=endless, delay_ms=2]]');
    await until(second, streams);
    const before = first.snapshot();
    await first.refresh();
    expect((await until(first, streams)).messages).toHaveLength(4);
    expect(keys(first.snapshot()).slice(0, 2)).toEqual(keys(before));
    await first.stop();
    const [one, other] = await Promise.all([until(first, idle), until(second, idle)]);
    expect(spoken(one)).toEqual(spoken(other));
    expect(one.messages.at(-1)).toMatchObject({ cause: 'user_stop', terminal: { type: 'stopped' } });
    for (const session of [first, second]) session.close();
  });

  it('[CLIENT-4] an older load does not take the refusal of a newer question away', async () => {
    const session = sessionOf(service.url);
    session.send('[[simulate: chunks=["an answer"], delay_ms=0]]');
    const { chatId } = await until(session, idle);
    // The chat is being loaded again now.
    session.send(' ');
    await until(session, idle);
    await createChatClient({ baseUrl: service.url }).chats.get(chatId ?? '');
    expect(session.snapshot()).toMatchObject({ failedStep: 'asking', messages: { length: 3 } });
    session.close();
  });

  it('[CLIENT-4] gives a refused question back, and says that its chat was deleted', async () => {
    const session = sessionOf(service.url, undefined, { mustExist: true, keepUnsent: false });
    session.send('[[simulate: chunks=["an answer"], delay_ms=0]]');
    const { chatId } = await until(session, known);
    session.send(' ');
    const refused = await until(session, ({ unsent }) => unsent !== null);
    expect(refused).toMatchObject({
      failedStep: 'asking',
      missing: false,
      unsent: { content: ' ', isNew: true },
    });
    expect(refused.messages).toHaveLength(2);
    session.dismissError();
    expect(session.snapshot()).toMatchObject({ error: null, failedStep: null, unsent: null });
    await createChatClient({ baseUrl: service.url }).chats.delete(chatId ?? '');
    session.send('Are you there?');
    const gone = await until(session, ({ unsent }) => unsent !== null);
    expect(gone).toMatchObject({ phase: 'idle', missing: true, error: { code: 'not_found' } });
    session.close();
  });

  it('[EDIT-3] shows what an edit does to the files of a workspace, also to whoever joins it later', async () => {
    const client = createChatClient({ baseUrl: service.url });
    const { workspace } = await client.workspaces.create({ files: [{ name: 'a.txt', text: 'old' }] });
    const answer = JSON.stringify(['Done.\n\n**a.txt**\n\n```\n', 'new', '\n```\n']);
    const session = sessionOf(service.url, undefined, { workspaceId: workspace.id });
    session.send(`[[simulate: chunks=${answer}, delay_ms=300]]`);
    const writing = await until(session, ({ streaming }) => streaming?.files[0]?.change === 'writing');
    const joined = sessionOf(service.url, writing.chatId ?? '', { workspaceId: workspace.id });
    await until(joined, ({ streaming }) => streaming?.files[0]?.change === 'writing');
    for (const each of [session, joined]) {
      const { messages } = await until(each, known);
      expect(messages.at(-1)).toMatchObject({
        files: [{ name: 'a.txt', change: 'changed', before: 'old', after: 'new' }],
        terminal: { edit: { outcome: 'applied' } },
      });
      each.close();
    }
  });
});
