import { openStage, type Stage } from '../support/stage.ts';
import { isIdle, until, Viewer } from '../support/viewer.ts';

const MI = 1024 * 1024;

const charactersOf = (messages: ReadonlyArray<{ content: string; reasoning?: string }> = []) =>
  messages.reduce((sum, { content, reasoning = '' }) => sum + content.length + reasoning.length, 0);

/** Makes the answer of a chat `length` characters long. */
async function turn(stage: Stage, chatId: string, length: number): Promise<void> {
  const answer = await stage.ask(chatId, `Question of ${length}`);
  answer.sink.content('w'.repeat(length));
  answer.complete();
  await answer.over();
}

describe('a chat of very long answers', () => {
  it('[MIRROR-1] [LIMIT-2] shows the newest ones, 4 Mi characters at most, whoever asks when', async () => {
    await using stage = await openStage();
    for (let count = 0; count < 12; count += 1) await turn(stage, 'long', 900_000);
    await stage.mirror.settled();
    using viewer = new Viewer(stage.url);
    const doc = await viewer.watch('long');
    const expected = stage.expected('long');
    expect(doc.data).toEqual(expected);
    expect(charactersOf(expected.messages)).toBeLessThanOrEqual(4 * MI);
    expect(expected.messages.length).toBe(8);
    // No more is read than is shown, and one message.
    const state = await stage.database.chats.newest('long', 50, 4 * MI);
    expect(state?.messages.length).toBe(8);
    expect(state?.isCut).toBe(true);
  });

  it('[MIRROR-1] lets older messages go while an answer grows, and has them back when newer ones are gone', async () => {
    await using stage = await openStage();
    using viewer = new Viewer(stage.url);
    const doc = await viewer.watch('growing');
    for (let count = 0; count < 4; count += 1) await turn(stage, 'growing', 990_000);
    await until(doc, (data) => isIdle(data) && data?.messages.length === 8);
    const answer = await stage.ask('growing', 'More?');
    const seen: number[] = [];
    doc.on('op batch', () => seen.push(charactersOf(doc.data?.messages)));
    for (let piece = 0; piece < 9; piece += 1) {
      answer.sink.content('g'.repeat(100_000));
      await until(doc, (data) => data?.messages.at(-1)?.content.length === (piece + 1) * 100_000);
    }
    answer.complete();
    await until(doc, isIdle);
    expect(Math.max(...seen)).toBeLessThanOrEqual(4 * MI);
    expect(doc.data).toEqual(stage.expected('growing'));
    expect(doc.data?.messages[0]?.position).toBeGreaterThan(0);
    const first = stage.database.query<{ id: string }>(
      `SELECT id FROM Message WHERE chatId = 'growing' AND role = 'user' ORDER BY position DESC LIMIT 1 OFFSET 1`,
    )[0];
    const again = await stage.edit('growing', first?.id ?? '', 'Instead?');
    again.complete();
    await again.over();
    await until(doc, (data) => isIdle(data) && data?.messages[0]?.position === 0);
    expect(doc.data).toEqual(stage.expected('growing'));
  });

  it('[LIMIT-2] is not stored twice when its document is made', async () => {
    await using stage = await openStage();
    for (let count = 0; count < 4; count += 1) await turn(stage, 'stored', 900_000);
    using viewer = new Viewer(stage.url);
    await viewer.fetch('stored');
    const [row] = stage.database.query<{ ops: number; snapshots: number | null }>(
      `SELECT (SELECT sum(length(op)) FROM SharedOp) AS ops,
        (SELECT sum(length(data)) FROM SharedSnapshot) AS snapshots`,
    );
    expect((row?.ops ?? 0) + (row?.snapshots ?? 0)).toBeLessThan(4 * MI);
  });
});
