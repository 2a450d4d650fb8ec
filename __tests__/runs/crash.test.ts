import { pino } from 'pino';
import { crashRounds } from '../../scripts/survival/crash-rounds.ts';
import { availableServer } from '../../scripts/survival/server-process.ts';
import { Checkpoints } from '../../src/runs/checkpoints.ts';
import type { Completion } from '../../src/runs/producer.ts';
import { recover } from '../../src/runs/recovery.ts';
import { Run } from '../../src/runs/run.ts';
import type { RunStore } from '../../src/runs/store.ts';
import { measureAgain } from '../support/measure-again.ts';
import { temporaryDatabase } from '../support/store-database.ts';
import { aTurn } from '../support/store-samples.ts';

const countTokens = (text: string) => text.length;

/** Servers are started and killed one after the other, 24 at most: on a slow machine that takes minutes. In ms. */
const CRASH_ROUNDS_MS = 900_000;

describe('a crash', () => {
  it(
    '[RUN-6] at any instant loses no message, and no text older than checkpoint_ms',
    async () => {
      const checkpointMs = 500;
      const lostMs = async () => {
        const seed = Math.floor(Math.random() * 1e9);
        const figures = await crashRounds({
          rounds: 8,
          seed,
          command: availableServer(),
          checkpointMs,
          longestLifeMs: 1_200,
        });
        expect({ seed, faults: figures.faults }).toEqual({ seed, faults: [] });
        expect(figures).toMatchObject({ rounds: 8, messagesLost: 0, leftOpen: 0 });
        expect(figures.acknowledged).toBeGreaterThan(8);
        return Math.max(...figures.millisecondsLost);
      };
      // Twice, and again: a loaded machine may look late at what is due.
      const isGood = (ms: number) => ms < 2 * checkpointMs;
      expect(await measureAgain(lostMs, isGood)).toBeLessThan(2 * checkpointMs);
    },
    CRASH_ROUNDS_MS,
  );

  it('[RUN-6] doubles no text when a checkpoint failed while the answer went on', async () => {
    await using database = await temporaryDatabase();
    const turn = aTurn();
    await database.chats.begin(turn);
    const run = new Run(turn.run, 'continue', {
      answerChars: 1_000,
      progressEvery: 0,
      revealing: true,
      countTokens,
    });
    let complete = (_: Completion) => {};
    const ended = run.produce(
      () =>
        new Promise((resolve) => {
          complete = resolve;
        }),
    );

    // A disk that is full for one write, which takes a while to say so.
    let refuse: ((reason: Error) => void) | null = null;
    let writes = 0;
    const flaky: RunStore = {
      checkpoint: (segments) => {
        writes += 1;
        if (writes > 1) return database.runs.checkpoint(segments);
        return new Promise((_, reject) => {
          refuse = reject;
        });
      },
      replace: (...given) => database.runs.replace(...given),
      settle: (settlement) => database.runs.settle(settlement),
      load: (runId) => database.runs.load(runId),

      exists: (runId) => database.runs.exists(runId),
      unsettled: (limit) => database.runs.unsettled(limit),
    };
    using checkpoints = new Checkpoints([run], flaky, 1, pino({ level: 'silent' }));
    const say = async (text: string) => {
      run.generation.content(text);
      // Text enters the log at the end of the tick, and is due a moment later.
      await new Promise((resolve) => setTimeout(resolve, 10));
      await checkpoints.look();
    };
    await say('one ');
    await say('two ');
    (refuse as ((reason: Error) => void) | null)?.(new Error('database or disk is full'));
    await say('three');
    await say(' four');

    // The process dies here; what it had stored is all there is.
    await recover(database.runs, { countTokens, revealing: true });
    expect(database.query("SELECT status, content FROM Message WHERE role = 'assistant'")).toEqual([
      { status: 'interrupted', content: 'one two three four' },
    ]);
    complete({ finishReason: 'stop', usage: null });
    await ended;
  });
});
