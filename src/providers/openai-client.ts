import type OpenAI from 'openai';
import type { Prompt } from '../chat/models.ts';
import type { Producer } from '../runs/producer.ts';
import { readChatCompletion } from './chat-completions.ts';
import { bodyOf } from './node-fetch.ts';
import { errorFromRequest } from './openai-errors.ts';

type Request = OpenAI.Chat.ChatCompletionCreateParamsStreaming;

/** One streamed attempt through the `openai` package: it makes the request, we read the answer. */
export function streamed(client: OpenAI, model: string, prompt: Prompt): Producer {
  const request = requestOf(model, prompt);
  return async (sink, signal) => {
    let response: Response;
    try {
      response = await client.chat.completions.create(request, { signal }).asResponse();
    } catch (error) {
      throw errorFromRequest(error);
    }
    return readChatCompletion(bodyOf(response), sink);
  };
}

function requestOf(model: string, { messages, parameters }: Prompt): Request {
  const { temperature, topP, maxOutputTokens, stop, responseFormat } = parameters;
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(maxOutputTokens === undefined ? {} : { max_completion_tokens: maxOutputTokens }),
    ...(stop === undefined ? {} : { stop: [...stop] }),
    ...(responseFormat === undefined ? {} : { response_format: jsonSchemaFormat(responseFormat) }),
  };
}

function jsonSchemaFormat({ name, schema }: NonNullable<Prompt['parameters']['responseFormat']>) {
  return { type: 'json_schema' as const, json_schema: { name, schema: { ...schema }, strict: true } };
}
