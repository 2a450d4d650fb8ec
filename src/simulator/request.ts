import { z } from 'zod';

const Content = z.union([
  z.string(),
  z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
]);

/** The fields of a chat completions request that the simulator uses; others are kept unchanged. */
export const CompletionBodySchema = z.looseObject({
  /** The deployment, on the v1 path. */
  model: z.string().optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: Content.nullish() })).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  response_format: z
    .looseObject({
      type: z.enum(['text', 'json_object', 'json_schema']),
      json_schema: z
        .looseObject({ name: z.string(), schema: z.record(z.string(), z.unknown()).optional() })
        .optional(),
    })
    .nullish(),
});

export type CompletionBody = z.output<typeof CompletionBodySchema>;

type Message = CompletionBody['messages'][number];

export function textOf({ content }: Message): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}

/** The text of the last user message, or '' if there is none. */
export function question(body: CompletionBody): string {
  const last = body.messages.findLast(({ role }) => role === 'user');
  return last ? textOf(last) : '';
}

/** The text of the system message that comes first, or '' if there is none. */
export function systemPrompt(body: CompletionBody): string {
  const [first] = body.messages;
  return first && first.role !== 'user' ? textOf(first) : '';
}
