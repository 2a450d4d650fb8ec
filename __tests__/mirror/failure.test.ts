import SQLite from 'better-sqlite3';
import { openStage, type Stage } from '../support/stage.ts';
import { isIdle, until, Viewer } from '../support/viewer.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

/** Changes the database behind the server's back. */
function tamper(sql: string): void {
  const database = new SQLite(stage.database.file);
  database.exec(sql);
  database.close();
}

const breakOps = () =>
  tamper(`CREATE TRIGGER broken BEFORE INSERT ON SharedOp BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`);
const repairOps = () => tamper('DROP TRIGGER broken');

async function messages(chatId: string) {
  return stage.database.query<{ status: string; content: string }>(
    'SELECT status, content FROM Message WHERE chatId = ? ORDER BY position',
    chatId,
  );
}

describe('a mirror whose database fails', () => {
  it('[MIRROR-8] fails no run, is counted, and is repaired when somebody looks', async () => {
    // Somebody was here just now, so that the chat is mirrored.
    const earlier = await stage.ask('unlucky', 'Is somebody here?');
    earlier.complete();
    await earlier.over();
    using viewer = new Viewer(stage.url);
    await viewer.fetch('unlucky');
    breakOps();
    const answer = await stage.ask('unlucky', 'Hello?');
    answer.sink.content('All is well');
    answer.complete();
    await answer.over();
    await stage.mirror.settled();
    expect(answer.run.log.terminal).toMatchObject({ type: 'complete' });
    expect((await messages('unlucky')).slice(2)).toMatchObject([
      { status: 'complete' },
      { status: 'complete', content: 'All is well' },
    ]);
    expect(stage.mirror.failures).toBeGreaterThanOrEqual(1);
    repairOps();
    expect(await viewer.fetch('unlucky')).toEqual(stage.expected('unlucky'));
  });

  it('[MIRROR-8] repairs by itself what somebody is watching', async () => {
    const answer = await stage.ask('watched', 'Hello?');
    using viewer = new Viewer(stage.url);
    const doc = await viewer.watch('watched');
    answer.sink.content('Before, ');
    await until(doc, (data) => data?.messages.at(-1)?.content === 'Before, ');
    breakOps();
    answer.sink.content('meanwhile, ');
    while (stage.mirror.failures === 0) await new Promise(setImmediate);
    repairOps();
    answer.sink.content('after.');
    await until(doc, (data) => data?.messages.at(-1)?.content === 'Before, meanwhile, after.');
    answer.complete();
    await until(doc, isIdle);
    expect(doc.data).toEqual(stage.expected('watched'));
  });

  it('[MIRROR-8] tells viewers that it is the database, but not what the database said', async () => {
    const answer = await stage.ask('unreadable', 'Hello?');
    tamper('ALTER TABLE SharedSnapshot RENAME TO Gone');
    answer.sink.content('Fine');
    using viewer = new Viewer(stage.url);
    await expect(viewer.watch('somewhere-else')).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.not.stringContaining('SharedSnapshot'),
    });
    answer.complete();
    await answer.over();
    expect(answer.run.log.terminal).toMatchObject({ type: 'complete' });
    tamper('ALTER TABLE Gone RENAME TO SharedSnapshot');
    expect((await viewer.watch('unreadable')).data).toEqual(stage.expected('unreadable'));
  });

  it('[MIRROR-2] does not take the word of a database that could not store the end of a run', async () => {
    const answer = await stage.ask('unsettled', 'Hello?');
    using viewer = new Viewer(stage.url);
    const doc = await viewer.watch('unsettled');
    answer.sink.content('The whole answer');
    tamper(
      `CREATE TRIGGER full BEFORE UPDATE ON Message BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`,
    );
    answer.complete();
    await until(doc, (data) => data?.messages.at(-1)?.status === 'failed');
    expect(doc.data?.messages.at(-1)?.content).toBe('The whole answer');
    tamper('DROP TRIGGER full');
    const stored = () => messages('unsettled');
    while ((await stored()).at(-1)?.status !== 'failed')
      await new Promise((resolve) => setTimeout(resolve, 20));
    await stage.mirror.refresh('unsettled');
    expect(await viewer.fetch('unsettled')).toEqual(stage.expected('unsettled'));
  });
});
