import type { EditReport, FileEvent } from './events.ts';
import { assemble } from './journal.ts';
import { verdict } from './outcome.ts';
import { type RunSettings, usageOf } from './run.ts';
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
  settings: Pick<RunSettings, 'countTokens' | 'revealing'>,
  finish: Finish = async () => null,
): Promise<number> {
  let recovered = 0;
  for (;;) {
    const left = await store.unsettled(AT_ONCE);
    if (left.length === 0) return recovered;
    await Promise.all(
      left.map(async (run) => store.settle(await settlementOf(run, settings, await finish(run.runId)))),
    );
    recovered += left.length;
  }
}

async function settlementOf(
  run: UnsettledRun,
  { countTokens, revealing }: Pick<RunSettings, 'countTokens' | 'revealing'>,
  finished: Awaited<ReturnType<Finish>>,
): Promise<Settlement> {
  const { runId, chatId, messageId, model, provider, promptTokens } = run;
  const { content, reasoning, journal } = assemble(run.segments);
  const tokens = await countTokens(content);
  const reasoningTokens = reasoning === null ? 0 : await countTokens(reasoning);
  const usage = usageOf({ promptTokens, completionTokens: tokens + reasoningTokens, reasoningTokens }, true);
  // Nobody measured what the crash cut off: chunks are counted as checkpoints had them, times are unknown.
  const chunks = run.segments.filter(({ kind }) => kind === 'content').length;
  const totals = {
    totalChunks: chunks,
    finalContentLength: content.length,
    totalTime: 0,
    timeToFirstToken: null,
    usage,
    ...(finished ? { edit: finished.edit } : {}),
  };
  return {
    runId,
    chatId,
    messageId,
    model,
    provider,
    ...verdict({ kind: 'interrupted', cause: 'crash' }, totals, revealing),
    content,
    reasoning,
    tokens,
    usage,
    journal: [...journal, ...(finished?.marks ?? []).map((event) => ({ event }))],
    chunks,
    endedAt: new Date(),
  };
}
