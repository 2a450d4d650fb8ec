import type {
  ChatCompletion,
  ChatCompletionChunk,
  ContentFilterResultsForChoiceOutput,
} from '@azure/openai/types';
import type { ProviderUsage } from '../../runs/producer.ts';
import { type Fields, fieldsOf, listOf } from './fields.ts';
import { firstSpoken, type Spoken, spokenIn } from './spoken.ts';
import { figureOf, usageFrom } from './usage-figures.ts';

// The fields of a chat completion (OpenAI's API reference) that are read, streamed or whole: the types of `openai` with
// Azure's additions (`@azure/openai`) and those of compatible providers. All values are checked.

interface CompatibleDelta {
  /** DeepSeek, Qwen, vLLM; OpenRouter and Ollama use `reasoning`, others `thinking`. */
  reasoning_content: unknown;
  reasoning: unknown;
  thinking: unknown;
  reasoning_text: unknown;
  /** OpenRouter: the same as `reasoning`, in parts; some models have only this. */
  reasoning_details: unknown;
  /** LiteLLM. */
  thinking_blocks: unknown;
  /** Gemini: `{google: {thought: true}}` if this content is reasoning. */
  extra_content: unknown;
}

interface CompatibleChoice {
  /** OpenRouter. */
  error: unknown;
  /** Moonshot. */
  usage: unknown;
  message: unknown;
  /** Azure's asynchronous filter; missing in its own types. */
  content_filter_offsets: unknown;
}

export type ChunkFields = Fields<ChatCompletionChunk & Pick<ChatCompletion, 'usage'>>;
export type ChoiceFields = Fields<ChatCompletionChunk.Choice & CompatibleChoice>;
export type DeltaFields = Fields<ChatCompletionChunk.Choice.Delta & CompatibleDelta>;

/** Requests ask for one choice; more are bounded. */
const MOST_CHOICES = 16;

export function choicesOf(chunk: ChunkFields): ChoiceFields[] {
  return listOf(chunk.choices)
    .slice(0, MOST_CHOICES)
    .map((choice) => fieldsOf(choice));
}

/** The text of a delta or a message, reasoning first. */
export function spokenInDelta(delta: DeltaFields): Spoken[] {
  const { reasoning_content, reasoning, thinking, reasoning_text, reasoning_details, thinking_blocks } =
    delta;
  const places = [reasoning_content, reasoning, thinking, reasoning_text, reasoning_details, thinking_blocks];
  return [...firstSpoken(places, true), ...spokenIn(delta.content), ...spokenIn(delta.refusal)];
}

export function isThought({ extra_content }: DeltaFields): boolean {
  const { google } = fieldsOf<{ google: unknown }>(extra_content);
  return fieldsOf<{ thought: unknown }>(google).thought === true;
}

interface UsageFields {
  prompt_tokens: unknown;
  completion_tokens: unknown;
  input_tokens: unknown;
  output_tokens: unknown;
  total_tokens: unknown;
  completion_tokens_details: unknown;
  output_tokens_details: unknown;
}

/** Null: it has no usable figure. */
export function usageOf(usage: unknown): ProviderUsage | null {
  const fields = fieldsOf<UsageFields>(usage);
  const { reasoning_tokens } = fieldsOf<{ reasoning_tokens: unknown }>(
    fields.completion_tokens_details ?? fields.output_tokens_details,
  );
  return usageFrom(
    figureOf(fields.prompt_tokens) || figureOf(fields.input_tokens),
    figureOf(fields.completion_tokens) || figureOf(fields.output_tokens),
    figureOf(reasoning_tokens) ?? 0,
    figureOf(fields.total_tokens) ?? 0,
  );
}

/** Whether Azure's filter reports a violation: in a category, or in an entry of a blocklist. */
export function isFiltered(choice: ChoiceFields): boolean {
  const results: Fields<ContentFilterResultsForChoiceOutput> = fieldsOf(choice.content_filter_results);
  return saysFiltered(results, 0);
}

function saysFiltered(results: object, depth: number): boolean {
  if (depth > 8) return false;
  return Object.entries(results).some(([key, value]) =>
    key === 'filtered'
      ? value === true
      : typeof value === 'object' && value !== null && saysFiltered(value, depth + 1),
  );
}
