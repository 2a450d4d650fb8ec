import { RECENT_CHARS } from '../../../src/chat/store.ts';
import { withLongTexts } from '../../../src/store/reads/long-texts.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../../support/store-database.ts';
import { aRun, aRunResult, aTurn, OWNER } from '../../support/store-samples.ts';

const LONG = 'é'.repeat(300_000);

describe('long texts in lists', () => {
  let database: TemporaryDatabase;
  let chatId: string;

  beforeAll(async () => {
    database = await temporaryDatabase();
    const first = aTurn();
    chatId = first.run.chatId;
    const chat = { id: chatId, create: { title: 'Long' }, systemPrompt: LONG };
    await database.chats.begin({ ...first, chat });
    await database.runs.settle(aRunResult(first.run, { content: LONG, reasoning: 'short' }));
    for (const position of [2, 4, 6]) {
      const run = aRun({ chatId });
      await database.chats.begin(aTurn({ chat: { id: chatId, create: null }, firstPosition: position, run }));
      await database.runs.settle(aRunResult(run, { content: LONG, reasoning: LONG }));
    }
  });

  afterAll(() => database[Symbol.asyncDispose]());

  it('[CHAT-9] are whole in pages of messages, beside short ones', async () => {
    const { items } = await database.chats.messages(chatId, { limit: 2, cursor: null, superseded: false });
    expect(items.map(({ content, reasoning }) => [content.length, reasoning])).toEqual([
      ['What are you?'.length, null],
      [LONG.length, 'short'],
    ]);
    expect(Object.keys(items[0] ?? {})).not.toContain('isLong');
  });

  it('[CHAT-9] are whole in lists of chats', async () => {
    const { items } = await database.chats.list(OWNER, 10, null);
    expect(items).toEqual([
      {
        id: chatId,
        title: 'Long',
        systemPrompt: LONG,
        messageCount: 8,
        createdAt: expect.any(Date),
        updatedAt: expect.any(Date),
      },
    ]);
  });

  it('[CHAT-2] end the history where it is long enough, counted in UTF-16 units', async () => {
    const recent = await database.chats.recent(chatId, 8, 100);
    // Four answers of 300,000 with the questions between them; the fourth one exceeds RECENT_CHARS.
    expect(recent.map(({ position }) => position)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(3 * LONG.length).toBeLessThan(RECENT_CHARS);
  });

  it('are read while the caller asks for more, and no further', async () => {
    const read: number[] = [];
    const rows = [1, 2, 3].map((id) => ({ id, text: null as string | null, isLong: 1 }));
    const whole = withLongTexts(rows, async ({ id }) => {
      read.push(id);
      return { text: 'x' };
    });
    await whole.next();
    expect(read).toEqual([1]);
  });

  it('of a row that was deleted in the meantime leave it out', async () => {
    const rows = [1, 2].map((id) => ({ id, isLong: id === 1 ? 1n : 0n }));
    const whole: typeof rows = [];
    for await (const row of withLongTexts(rows, async () => null)) whole.push(row);
    expect(whole.map(({ id }) => id)).toEqual([2]);
  });
});
