import type OpenAI from 'openai';
import type { Prompt } from '../chat/models.ts';
import type { Producer } from '../runs/producer.ts';
import { bodyText } from './body-text.ts';
import { tellChatCompletion } from './chat-completion.ts';
import { readChatCompletion } from './chat-completions.ts';
import { isStrict } from './json-schema.ts';
import { bodyOf } from './node-fetch.ts';
import type { Delivery } from './provider.ts';
import { errorFromRequest } from './sdk-errors.ts';

type Request = OpenAI.Chat.ChatCompletionCreateParams;

/** In what a compatible provider differs from OpenAI itself. */
export interface Dialect {
  /** The bound of an answer. OpenAI's newer models refuse the older name, others know no other. */
  limit?: 'max_completion_tokens' | 'max_tokens';
  /** Further fields of a request, beyond OpenAI's API. */
  extras?: (prompt: Prompt) => object;
}

/** One attempt through the `openai` package: it makes the request, we read the answer. */
export function chatCompletion(
  client: OpenAI,
  model: string,
  prompt: Prompt,
  delivery: Delivery = 'streamed',
  dialect: Dialect = {},
): Producer {
  const request = requestOf(model, prompt, delivery, dialect);
  const promptChars = prompt.messages.reduce((sum, { content }) => sum + content.length, 0);
  return async (sink, signal) => {
    let response: Response;
    try {
      response = await client.chat.completions.create(request, { signal }).asResponse();
    } catch (error) {
      throw errorFromRequest(error);
    }
    const body = bodyOf(response);
    if (delivery === 'streamed') return readChatCompletion(body, sink, promptChars);
    return tellChatCompletion(await bodyText(body), sink);
  };
}

function requestOf(
  model: string,
  prompt: Prompt,
  delivery: Delivery,
  { limit = 'max_completion_tokens', extras }: Dialect,
): Request {
  const { temperature, topP, maxOutputTokens, stop, responseFormat, reasoningEffort } = prompt.parameters;
  return {
    model,
    messages: prompt.messages.map(({ role, content }) => ({ role, content })),
    ...(delivery === 'streamed' ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(maxOutputTokens === undefined ? {} : { [limit]: maxOutputTokens }),
    ...(stop === undefined ? {} : { stop: [...stop] }),
    ...(responseFormat === undefined ? {} : { response_format: jsonSchemaFormat(responseFormat) }),
    ...(reasoningEffort === undefined ? {} : { reasoning_effort: reasoningEffort }),
    ...extras?.(prompt),
  };
}

function jsonSchemaFormat({ name, schema }: NonNullable<Prompt['parameters']['responseFormat']>) {
  const json_schema = { name, schema: { ...schema }, strict: isStrict(schema) };
  return { type: 'json_schema' as const, json_schema };
}
