import type OpenAI from 'openai';
import type { Prompt } from '../chat/models.ts';
import type { Producer } from '../runs/producer.ts';
import { bodyOf } from './connection/node-fetch.ts';
import { errorFromRequest } from './connection/sdk-errors.ts';
import { alternatingMessages, spoken } from './conversation.ts';
import type { Delivery } from './provider.ts';
import { readAnswer } from './reading/answer-stream.ts';
import { ChatCompletionStream } from './reading/chat-completion-stream.ts';
import { isStrict } from './schemas/json-schema.ts';
import { streamedIfAllowed } from './without-streaming.ts';

type Request = OpenAI.Chat.ChatCompletionCreateParams;

/** Differences of a compatible provider from OpenAI itself. */
export interface Dialect {
  /**
   * The parameter for the maximum length. OpenAI's newer models refuse `max_tokens`, other providers know only that.
   */
  limit?: 'max_completion_tokens' | 'max_tokens';
  /** Its models, or their chat templates, require user and assistant to alternate. OpenAI's accept any order. */
  alternates?: boolean;
  /** Additional fields of a request, beyond OpenAI's API. */
  extras?: (prompt: Prompt) => object;
}

/** One attempt with the `openai` package: it sends the request, and we read the response. */
export function chatCompletion(
  client: OpenAI,
  model: string,
  prompt: Prompt,
  delivery: Delivery = 'streamed',
  dialect: Dialect = {},
): Producer {
  const promptChars = prompt.messages.reduce((sum, { content }) => sum + content.length, 0);
  return streamedIfAllowed(delivery, (how) => {
    const request = requestOf(model, prompt, how, dialect);
    return async (sink, signal) => {
      let response: Response;
      try {
        response = await client.chat.completions.create(request, { signal }).asResponse();
      } catch (error) {
        throw errorFromRequest(error);
      }
      const decoder = new ChatCompletionStream(sink, promptChars);
      return readAnswer(bodyOf(response), decoder, () => sink.alive?.());
    };
  });
}

function requestOf(
  model: string,
  prompt: Prompt,
  delivery: Delivery,
  { limit = 'max_completion_tokens', alternates = false, extras }: Dialect,
): Request {
  const { temperature, topP, maxOutputTokens, stop, responseFormat, reasoningEffort } = prompt.parameters;
  return {
    model,
    messages: alternates ? alternatingMessages(prompt.messages) : spoken(prompt.messages),
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
