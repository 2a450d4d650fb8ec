import { z } from 'zod';
import { ProviderError } from '../errors.ts';
import type { FinishReason } from '../runs/events.ts';
import type { Completion, ProviderUsage, Sink } from '../runs/producer.ts';
import { excerpt, notAnAnswer, parseJson } from './answer-stream.ts';
import { errorFromStream } from './sdk-errors.ts';

// What answers in one piece and answers in chunks have in common, and the former.

/** Figures that are not understood are as good as none: the answer does not fail for them. */
export const usageSchema = z
  .object({
    prompt_tokens: z.number(),
    completion_tokens: z.number(),
    total_tokens: z.number().nullish(),
    completion_tokens_details: z.object({ reasoning_tokens: z.number().nullish() }).nullish(),
  })
  .nullish()
  .catch(null);

export function usageOf(usage: NonNullable<z.infer<typeof usageSchema>>): ProviderUsage {
  const { prompt_tokens: promptTokens, completion_tokens: completion, total_tokens: total } = usage;
  // Gemini leaves thoughts out of the completion, but not out of the total.
  const unlisted = Math.max(0, (total ?? 0) - promptTokens - completion);
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  return {
    promptTokens,
    completionTokens: completion + unlisted,
    reasoningTokens: Math.max(reasoning, unlisted),
  };
}

export function finishReasonOf(reason: string): FinishReason {
  // OpenRouter, when the provider behind it failed.
  if (reason === 'error') throw new ProviderError('provider_unavailable');
  if (reason === 'length' || reason === 'content_filter') return reason;
  return 'stop';
}

/** `chat.completion`, OpenAI's API reference. */
const completionSchema = z.object({
  error: z.unknown().optional(),
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
          refusal: z.string().nullish(),
          extra_content: z
            .object({ google: z.object({ thought: z.boolean().nullish() }).nullish() })
            .nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: usageSchema,
});

/** Gemini's, where it says so; see `Thoughts`. */
const THOUGHT = /^<thought>(.*?)<\/thought>/s;

/** Tells an answer that came in one piece (PROV-4): its text is one chunk. */
export function tellChatCompletion(body: string, sink: Sink): Completion {
  const { success, data, error } = completionSchema.safeParse(parseJson(body));
  if (!success) throw notAnAnswer(`Not a completion: ${excerpt(body)}`, error);
  if (data.error !== undefined && data.error !== null) throw errorFromStream(data.error);
  const choice = data.choices?.[0];
  if (!choice?.finish_reason) throw notAnAnswer('The completion has no finish_reason.');
  const finishReason = finishReasonOf(choice.finish_reason);
  const { content, reasoning_content, reasoning, refusal, extra_content } = choice.message;
  const thoughtful = extra_content?.google?.thought ? THOUGHT.exec(content ?? '') : null;
  const [marked, thought] = thoughtful ?? ['', undefined];
  const thoughts = reasoning_content ?? reasoning ?? thought;
  if (thoughts) sink.reasoning(thoughts);
  const text = (content ?? '').slice(marked.length) + (refusal ?? '');
  if (text) sink.content(text);
  return { finishReason, usage: data.usage ? usageOf(data.usage) : null };
}
