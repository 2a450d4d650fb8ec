import { z } from 'zod';
import { ProviderError } from '../errors.ts';
import type { FinishReason } from '../runs/events.ts';
import type { Completion, ProviderUsage, Sink } from '../runs/producer.ts';
import { excerpt, notAnAnswer, parseJson } from './answer-stream.ts';

/** `input_tokens` are those that no cache had: https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
export const usageSchema = z
  .object({
    input_tokens: z.number().nullish(),
    cache_creation_input_tokens: z.number().nullish(),
    cache_read_input_tokens: z.number().nullish(),
    output_tokens: z.number().nullish(),
    output_tokens_details: z.object({ thinking_tokens: z.number().nullish() }).nullish(),
  })
  .nullish()
  .catch(null);

export function usageOf(usage: NonNullable<z.infer<typeof usageSchema>>): ProviderUsage {
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = usage;
  return {
    promptTokens: (input_tokens ?? 0) + (cache_creation_input_tokens ?? 0) + (cache_read_input_tokens ?? 0),
    completionTokens: output_tokens ?? 0,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
  };
}

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
export function finishReasonOf(stopReason: string): FinishReason {
  switch (stopReason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'content_filter';
    default:
      return 'stop';
  }
}

const messageSchema = z.object({
  content: z.array(z.object({ text: z.string().optional(), thinking: z.string().optional() })),
  stop_reason: z.string().nullish(),
  usage: usageSchema,
});

/** Tells an answer that came in one piece (PROV-4): its text is one chunk. */
export function tellMessage(body: string, sink: Sink): Completion {
  const { success, data, error } = messageSchema.safeParse(parseJson(body));
  if (!success) throw notAnAnswer(`Not a message: ${excerpt(body)}`, error);
  if (!data.stop_reason) throw new ProviderError('provider_protocol_error');
  const thinking = data.content.map((block) => block.thinking ?? '').join('');
  if (thinking) sink.reasoning(thinking);
  const text = data.content.map((block) => block.text ?? '').join('');
  if (text) sink.content(text);
  return { finishReason: finishReasonOf(data.stop_reason), usage: data.usage ? usageOf(data.usage) : null };
}
