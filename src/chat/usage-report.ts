import type { OwnerRange } from '../auth/principal.ts';
import type { ModelCard } from '../wire/models.ts';
import type * as wire from '../wire/usage.ts';

/** Tokens that runs of one model of one provider used. */
export interface UsageSum {
  provider: string;
  model: string;
  runs: number;
  promptTokens: number;
  completionTokens: number;
  /** Part of completionTokens. */
  reasoningTokens: number;
  /** Runs whose figures were counted locally, because the provider gave none. */
  estimatedRuns: number;
}

/** The period of a report: ended runs that began at or after `from` and before `to`. */
interface UsagePeriod {
  from: Date;
  to: Date;
}

/** A report is made of these runs. `owners`: of their chats; null: all. */
export interface UsageQuery extends UsagePeriod {
  owners: OwnerRange | null;
}

/** Storage of token usage. Both methods throw StorageError. */
export interface UsageStore {
  /** Sums by day (`2026-11-21`, UTC) or by chat, which `key` says; chats: the `limit` that used most. */
  sums(query: UsageQuery, by: 'day' | 'chat', limit: number): Promise<Array<UsageSum & { key: string }>>;
  /** Single runs, newest first. */
  runs(query: UsageQuery, limit: number): Promise<RunUsage[]>;
}

export type RunUsage = Omit<wire.RunUsage<Date>, 'totalTokens' | 'cost'>;

/** Tokens used, and their cost at the catalogue's prices (RUN-11). `limit`: of chats and of runs. */
export async function usageReport(
  store: UsageStore,
  query: UsageQuery,
  cards: readonly ModelCard[],
  limit: number,
): Promise<wire.UsageReport<Date>> {
  const { owners: _, ...period } = query;
  const [days, chats, runs] = await Promise.all([
    store.sums(query, 'day', limit),
    store.sums(query, 'chat', limit),
    store.runs(query, limit),
  ]);
  const totals = (sums: readonly UsageSum[]) => totalsOf(sums, cards);
  return {
    ...period,
    total: totals(days),
    days: grouped(days, ({ key }) => key).map(([day, sums]) => ({ day, ...totals(sums) })),
    models: grouped(days, ({ provider, model }) => `${provider} ${model}`).map(([, sums]) => ({
      model: sums[0].model,
      provider: sums[0].provider,
      ...totals(sums),
    })),
    chats: grouped(chats, ({ key }) => key).map(([chatId, sums]) => ({ chatId, ...totals(sums) })),
    runs: runs.map((run) => ({
      ...run,
      totalTokens: run.promptTokens + run.completionTokens,
      cost: costOf(run, cards),
    })),
  };
}

/** In the order in which the keys first occur. */
function grouped<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Array<[string, [Item, ...Item[]]]> {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups];
}

function totalsOf(sums: readonly UsageSum[], cards: readonly ModelCard[]): wire.UsageTotals {
  const add = (figure: (sum: UsageSum) => number) => sums.reduce((total, sum) => total + figure(sum), 0);
  const promptTokens = add((sum) => sum.promptTokens);
  const completionTokens = add((sum) => sum.completionTokens);
  const costs = sums.map((sum) => costOf(sum, cards));
  return {
    runs: add((sum) => sum.runs),
    promptTokens,
    completionTokens,
    reasoningTokens: add((sum) => sum.reasoningTokens),
    totalTokens: promptTokens + completionTokens,
    estimatedRuns: add((sum) => sum.estimatedRuns),
    cost: costs.reduce<number | null>(
      (total, cost) => (total === null || cost === null ? null : total + cost),
      0,
    ),
  };
}

const MILLION = 1_000_000;

type Consumption = Pick<UsageSum, 'provider' | 'model' | 'promptTokens' | 'completionTokens'>;

function costOf(
  { provider, model, promptTokens, completionTokens }: Consumption,
  cards: readonly ModelCard[],
): number | null {
  const { input, output } = cards.find((card) => card.id === model && card.provider === provider)?.prices ?? {
    input: null,
    output: null,
  };
  if (input === null || output === null) return null;
  return (promptTokens * input + completionTokens * output) / MILLION;
}
