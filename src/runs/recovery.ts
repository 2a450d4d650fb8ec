import type { EditReport, FileEvent } from '../wire/events.ts';
import { assemble } from './journal.ts';
import { type ResultSettings, resultOf } from './result.ts';
import type { RunResult, RunStore, UnsettledRun } from './store.ts';

const AT_ONCE = 100;

/**
 * Finishes the edit of a run that a crash interrupted. Resolves with the events and the report to be stored; null: the
 * run is not an edit.
 */
export type FinishEdit = (
  runId: string,
) => Promise<{ events: readonly FileEvent[]; edit: EditReport } | null>;

/**
 * Runs at start: runs that a crash left `streaming` become `interrupted`, with the text that was stored (RUN-6).
 * Returns their number.
 */
export async function recover(
  store: RunStore,
  settings: ResultSettings,
  finish: FinishEdit = async () => null,
): Promise<number> {
  let recovered = 0;
  for (;;) {
    const left = await store.unsettled(AT_ONCE);
    if (left.length === 0) return recovered;
    await Promise.all(
      left.map(async (run) => store.settle(await result(run, settings, await finish(run.runId)))),
    );
    recovered += left.length;
  }
}

function result(
  run: UnsettledRun,
  settings: ResultSettings,
  finished: Awaited<ReturnType<FinishEdit>>,
): Promise<RunResult> {
  const { segments, ...description } = run;
  const { content, reasoning, journal } = assemble(segments);
  const answer = {
    content,
    reasoning,
    aside: '',
    journal: [...journal, ...(finished?.events ?? []).map((event) => ({ event }))],
    // Content segments stand for chunks, whose number was not stored; times are unknown.
    chunks: segments.filter(({ kind }) => kind === 'content').length,
    totalTime: 0,
    timeToFirstToken: null,
    edit: finished?.edit ?? null,
  };
  return resultOf(description, { kind: 'interrupted', cause: 'crash' }, answer, settings);
}
