import type { EditReport, Totals, Usage } from './events.ts';
import { type Outcome, verdict } from './outcome.ts';
import type { ProviderUsage } from './producer.ts';
import type { Journal, RunDescription, Settlement } from './store.ts';

export interface SettlementSettings {
  /** Whether clients may see the provider's own error messages. */
  revealing: boolean;
  countTokens: (text: string) => number | Promise<number>;
}

/** All that there is of an answer when it is decided how it ended. */
export interface Answer {
  /** Its `model` and `provider`: whose answer it is, also where a fallback gave it. */
  description: RunDescription;
  content: string;
  /** '': there was none. */
  reasoning: string;
  /** What the provider said that is neither. */
  aside: string;
  journal: Journal;
  /** Of content, as the provider sent them. */
  chunks: number;
  /** In ms. */
  totalTime: number;
  /** In ms; null: there was none. */
  timeToFirstToken: number | null;
  /** Null: it did not edit. */
  edit: EditReport | null;
}

/** What is stored and told of an answer that has ended. */
export async function settlementOf(
  outcome: Outcome,
  answer: Answer,
  settings: SettlementSettings,
): Promise<Settlement> {
  const { description, content, reasoning, journal, chunks, totalTime, timeToFirstToken, edit } = answer;
  const { runId, chatId, messageId, model, provider } = description;
  const { usage, tokens } = await account(outcome, answer, settings);
  const totals: Totals = {
    totalChunks: chunks,
    finalContentLength: content.length,
    totalTime,
    timeToFirstToken,
    usage,
    ...(edit ? { edit } : {}),
  };
  return {
    runId,
    chatId,
    messageId,
    model,
    provider,
    ...verdict(outcome, totals, settings.revealing),
    content,
    reasoning: reasoning === '' ? null : reasoning,
    tokens,
    usage,
    journal,
    chunks,
    endedAt: new Date(),
  };
}

/** The provider's figures where it gave some; what it did not say is counted here. `tokens`: those of content. */
async function account(
  outcome: Outcome,
  { description, content, reasoning, aside }: Answer,
  { countTokens }: SettlementSettings,
): Promise<{ usage: Usage; tokens: number }> {
  const given = outcome.kind === 'complete' ? outcome.usage : null;
  if (given && aside === '')
    return { usage: usageOf(given, false), tokens: given.completionTokens - given.reasoningTokens };
  const count = (text: string) => (text === '' ? 0 : countTokens(text));
  const tokens = await count(content);
  if (given) return { usage: usageOf(given, false), tokens };
  const asideTokens = await count(aside);
  const reasoningTokens = await count(reasoning);
  const { promptTokens } = description;
  const completionTokens = tokens + asideTokens + reasoningTokens;
  return { usage: usageOf({ promptTokens, completionTokens, reasoningTokens }, true), tokens };
}

function usageOf(given: ProviderUsage, estimated: boolean): Usage {
  return { ...given, totalTokens: given.promptTokens + given.completionTokens, estimated };
}
