import type { EditReport, Totals, Usage } from '../wire/events.ts';
import { type FinalStatus, finalStatusOf, type Outcome } from './outcome.ts';
import type { Journal, RunDescription, RunResult } from './store.ts';

export interface ResultSettings {
  /** Whether clients may see the provider's own error messages. */
  revealing: boolean;
  countTokens: (text: string) => number | Promise<number>;
}

/** An answer when its generation has ended. */
export interface Answer {
  content: string;
  /** Empty: there was none. */
  reasoning: string;
  /** Text that is neither content nor reasoning. */
  aside: string;
  journal: Journal;
  /** Number of content chunks, as the provider sent them. */
  chunks: number;
  /** In ms. */
  totalTime: number;
  /** In ms; null: there was no token. */
  timeToFirstToken: number | null;
  /** Null: the run is not an edit. */
  edit: EditReport | null;
}

/** How an answer ended, and what it used. `tokens`: those of its content. */
export type AnswerEnd = FinalStatus & { usage: Usage; tokens: number };

/** The result of a run that has ended. `description` names the model that generated the answer. */
export async function resultOf(
  description: RunDescription,
  outcome: Outcome,
  answer: Answer,
  settings: ResultSettings,
): Promise<RunResult> {
  const { runId, chatId, messageId, model, provider, promptTokens } = description;
  const { content, reasoning, journal, chunks } = answer;
  return {
    runId,
    chatId,
    messageId,
    model,
    provider,
    ...(await endOf(outcome, answer, promptTokens, settings)),
    content,
    reasoning: reasoning === '' ? null : reasoning,
    journal,
    chunks,
    endedAt: new Date(),
  };
}

/** `promptTokens`: counted locally, used where the provider gave no figure. */
export async function endOf(
  outcome: Outcome,
  answer: Answer,
  promptTokens: number,
  settings: ResultSettings,
): Promise<AnswerEnd> {
  const { content, chunks, totalTime, timeToFirstToken, edit } = answer;
  const { usage, tokens } = await usageOf(outcome, answer, promptTokens, settings);
  const totals: Totals = {
    totalChunks: chunks,
    finalContentLength: content.length,
    totalTime,
    timeToFirstToken,
    usage,
    ...(edit ? { edit } : {}),
  };
  return { ...finalStatusOf(outcome, totals, settings.revealing), usage, tokens };
}

/** The provider's figures; missing ones are counted locally. `tokens`: those of content. */
async function usageOf(
  outcome: Outcome,
  { content, reasoning, aside }: Answer,
  countedPromptTokens: number,
  { countTokens }: ResultSettings,
): Promise<{ usage: Usage; tokens: number }> {
  const given = outcome.kind === 'complete' ? outcome.usage : null;
  const prompt = given?.promptTokens ?? null;
  const completion = given?.completionTokens ?? null;
  const promptTokens = prompt ?? countedPromptTokens;
  const usage = (completionTokens: number, reasoningTokens: number, estimated: boolean): Usage => ({
    promptTokens,
    completionTokens,
    reasoningTokens,
    totalTokens: promptTokens + completionTokens,
    estimated,
  });
  const count = (text: string) => (text === '' ? 0 : countTokens(text));
  if (given !== null && completion !== null) {
    const { reasoningTokens } = given;
    const tokens = aside === '' ? completion - reasoningTokens : await count(content);
    return { usage: usage(completion, reasoningTokens, prompt === null), tokens };
  }
  const tokens = await count(content);
  const asideTokens = await count(aside);
  const reasoningTokens = given?.reasoningTokens || (await count(reasoning));
  const completionTokens = tokens + asideTokens + reasoningTokens;
  return {
    usage: usage(completionTokens, reasoningTokens, prompt === null || completionTokens > 0),
    tokens,
  };
}
