import type { EditReport, FileEvent } from './events.ts';
import { assemble } from './journal.ts';
import { type SettlementSettings, settlementOf } from './settlement.ts';
import type { RunStore, Settlement, UnsettledRun } from './store.ts';

const AT_ONCE = 100;

/** What there is to be finished of a run that a crash cut off, and to be told of it; null: nothing. */
export type Finish = (runId: string) => Promise<{ marks: readonly FileEvent[]; edit: EditReport } | null>;

/**
 * The sweep at start: what a crash left `streaming` becomes `interrupted` with the text that it had (RUN-6). Answers
 * how many runs that were.
 */
export async function recover(
  store: RunStore,
  settings: SettlementSettings,
  finish: Finish = async () => null,
): Promise<number> {
  let recovered = 0;
  for (;;) {
    const left = await store.unsettled(AT_ONCE);
    if (left.length === 0) return recovered;
    await Promise.all(
      left.map(async (run) => store.settle(await settlement(run, settings, await finish(run.runId)))),
    );
    recovered += left.length;
  }
}

function settlement(
  run: UnsettledRun,
  settings: SettlementSettings,
  finished: Awaited<ReturnType<Finish>>,
): Promise<Settlement> {
  const { segments, ...description } = run;
  const { content, reasoning, journal } = assemble(segments);
  const answer = {
    description,
    content,
    reasoning,
    aside: '',
    journal: [...journal, ...(finished?.marks ?? []).map((event) => ({ event }))],
    // Nobody measured what the crash cut off: chunks are counted as checkpoints had them, times are unknown.
    chunks: segments.filter(({ kind }) => kind === 'content').length,
    totalTime: 0,
    timeToFirstToken: null,
    edit: finished?.edit ?? null,
  };
  return settlementOf({ kind: 'interrupted', cause: 'crash' }, answer, settings);
}
