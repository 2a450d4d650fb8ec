/** Tokens that runs used, and what they cost. */
export interface TokenTotals {
  promptTokens: number;
  completionTokens: number;
  /** Part of completionTokens. */
  reasoningTokens: number;
  totalTokens: number;
  /** US dollars; null as soon as the price of any part is unknown. */
  cost: number | null;
}

export interface UsageTotals extends TokenTotals {
  runs: number;
  /** Runs whose figures were counted by the server, because the provider gave none. */
  estimatedRuns: number;
}

export interface RunUsage<Time = string> extends TokenTotals {
  runId: string;
  chatId: string;
  model: string;
  provider: string;
  createdAt: Time;
  estimated: boolean;
}

/** What was used by runs that began at or after `from` and before `to` (`GET /api/usage`). */
export interface UsageReport<Time = string> {
  from: Time;
  to: Time;
  total: UsageTotals;
  /** `day`: `2026-11-21`, in UTC. */
  days: Array<UsageTotals & { day: string }>;
  models: Array<UsageTotals & { model: string; provider: string }>;
  /** Those that used most. */
  chats: Array<UsageTotals & { chatId: string }>;
  /** Newest first. */
  runs: Array<RunUsage<Time>>;
}
