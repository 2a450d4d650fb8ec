import type Anthropic from '@anthropic-ai/sdk';
import type { ProviderUsage } from '../../runs/producer.ts';
import { type Fields, fieldsOf } from './fields.ts';
import { figureOf, usageFrom } from './usage-figures.ts';

// The fields of Anthropic's messages that are read, streamed or whole, with the types of its SDK. All values are
// checked.

export type MessageFields = Fields<Anthropic.Message>;

/** Also the fields of a content block when it starts. */
interface AnyDelta {
  type: unknown;
  text: unknown;
  thinking: unknown;
  stop_reason: unknown;
}

/** The fields of all events. */
interface AnyEvent {
  type: unknown;
  error: unknown;
  message: unknown;
  content_block: unknown;
  delta: unknown;
  usage: unknown;
}

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export type EventFields = Fields<AnyEvent>;
export type EventDeltaFields = Fields<AnyDelta>;

/** Usage figures, 0 where unknown. */
export interface Figures {
  input: number;
  cacheCreation: number;
  cacheRead: number;
  output: number;
  thinking: number;
}

export const NO_FIGURES: Figures = { input: 0, cacheCreation: 0, cacheRead: 0, output: 0, thinking: 0 };

/** Later events have larger figures, but not always those of the prompt, which are then kept. */
export function withFigures(earlier: Figures, usage: unknown): Figures {
  const fields: Fields<Anthropic.Usage> = fieldsOf(usage);
  const details: Fields<Anthropic.OutputTokensDetails> = fieldsOf(fields.output_tokens_details);
  return {
    input: figureOf(fields.input_tokens) || earlier.input,
    cacheCreation: figureOf(fields.cache_creation_input_tokens) || earlier.cacheCreation,
    cacheRead: figureOf(fields.cache_read_input_tokens) || earlier.cacheRead,
    output: figureOf(fields.output_tokens) || earlier.output,
    thinking: figureOf(details.thinking_tokens) || earlier.thinking,
  };
}

/** `input` counts uncached tokens only: https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
export function usageOf({
  input,
  cacheCreation,
  cacheRead,
  output,
  thinking,
}: Figures): ProviderUsage | null {
  return usageFrom(figureOf(input + cacheCreation + cacheRead), output, thinking, 0);
}
