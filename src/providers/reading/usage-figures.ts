import type { ProviderUsage } from '../../runs/producer.ts';

/** The maximum in the database, larger than any real figure. */
const MOST_TOKENS = 2 ** 31 - 1;

/** A whole number of tokens; null: not a possible number. Some providers send figures as strings. */
export function figureOf(value: unknown): number | null {
  const isNumeric = typeof value === 'string' && value.trim() !== '';
  const figure = typeof value === 'number' || isNumeric ? Math.round(Number(value)) : Number.NaN;
  return figure >= 0 && figure <= MOST_TOKENS ? figure : null;
}

/** Usage from the given figures, made consistent. `total`: 0 if unknown. */
export function usageFrom(
  prompt: number | null,
  completion: number | null,
  reasoning: number,
  total: number,
): ProviderUsage | null {
  if (!prompt && !completion && reasoning === 0) return null;
  const promptTokens = prompt || (completion && total > completion ? total - completion : null);
  let completionTokens = completion || (promptTokens && total > promptTokens ? total - promptTokens : null);
  // Gemini and Grok count reasoning in the total, but not in the completion.
  const unlisted = Math.max(0, total - (promptTokens ?? total) - (completionTokens ?? 0));
  if (completionTokens !== null) completionTokens += unlisted;
  const thoughts = Math.max(reasoning, unlisted);
  // Reasoning is part of the completion: if it is larger, it was not counted there.
  if (completionTokens !== null && thoughts > completionTokens) {
    completionTokens = total > 0 ? completionTokens : Math.min(MOST_TOKENS, completionTokens + thoughts);
  }
  return {
    promptTokens,
    completionTokens,
    reasoningTokens: completionTokens === null ? thoughts : Math.min(thoughts, completionTokens),
  };
}

/** Later figures replace earlier ones; missing ones keep the earlier value. */
export function merged(earlier: ProviderUsage | null, later: ProviderUsage | null): ProviderUsage | null {
  if (earlier === null || later === null) return later ?? earlier;
  return {
    promptTokens: later.promptTokens ?? earlier.promptTokens,
    completionTokens: later.completionTokens ?? earlier.completionTokens,
    reasoningTokens: later.reasoningTokens || earlier.reasoningTokens,
  };
}
