import Anthropic from '@anthropic-ai/sdk';
import type { Parameters, Prompt, PromptMessage } from '../chat/models.ts';
import { PROVIDERS } from '../config.ts';
import type { Producer } from '../runs/producer.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { bodyOf } from './connection/node-fetch.ts';
import { errorFromRequest } from './connection/sdk-errors.ts';
import { alternating } from './conversation.ts';
import type { KeyedSettings } from './openai-dialects.ts';
import type { Delivery, Provider } from './provider.ts';
import { readAnswer } from './reading/answer-stream.ts';
import { MessageStream } from './reading/anthropic-stream.ts';
import { closed, isAnyObject } from './schemas/json-schema.ts';
import { withoutSecret } from './secrets.ts';
import { streamedIfAllowed } from './without-streaming.ts';

type Request = Anthropic.MessageCreateParams;

/** Used for models with an unknown output limit; all models accept it. */
const SMALLEST_LIMIT = 4096;

/** Claude, through Anthropic's Messages API. */
export function anthropic({ apiKey, baseUrl = PROVIDERS.anthropic.baseUrl }: KeyedSettings): Provider {
  // Without `authToken: null` the SDK would read one from the environment.
  const client = new Anthropic({ ...CLIENT_OPTIONS, apiKey, authToken: null, baseURL: baseUrl });
  return withoutSecret(
    {
      name: 'anthropic',
      // Removed with version 2026-10-21 of the API: https://platform.claude.com/docs/en/api/versioning
      lacks: ['temperature'],
      needsLimit: true,
      attempt: (model, prompt, delivery) => message(client, model, prompt, delivery),
    },
    apiKey,
  );
}

function message(
  client: Anthropic,
  model: string,
  prompt: Prompt,
  delivery: Delivery = 'streamed',
): Producer {
  return streamedIfAllowed(delivery, (how) => {
    const request = requestOf(model, prompt, how);
    return async (sink, signal) => {
      let response: Response;
      try {
        response = await client.messages.create(request, { signal }).asResponse();
      } catch (error) {
        throw errorFromRequest(error);
      }
      return readAnswer(bodyOf(response), new MessageStream(sink), () => sink.alive?.());
    };
  });
}

function requestOf(model: string, { messages, parameters }: Prompt, delivery: Delivery): Request {
  const { system, turns } = alternating([...messages, ...instructionOf(parameters)]);
  const { maxOutputTokens, stop } = parameters;
  return {
    model,
    max_tokens: maxOutputTokens ?? SMALLEST_LIMIT,
    messages: turns,
    ...(delivery === 'streamed' ? { stream: true } : {}),
    ...(system === undefined ? {} : { system }),
    ...(stop === undefined ? {} : { stop_sequences: [...stop] }),
    ...thinkingOf(parameters),
    ...outputOf(parameters),
  };
}

/**
 * A schema for any object cannot be a format here: closed, as formats must be, it allows only `{}`. So it is requested
 * in words.
 */
function instructionOf({ responseFormat }: Parameters): PromptMessage[] {
  if (!responseFormat || !isAnyObject(responseFormat.schema)) return [];
  return [{ role: 'system', content: 'Answer with one JSON object, and with nothing before or after it.' }];
}

/**
 * Newer models always think, but return reasoning only on request:
 * https://platform.claude.com/docs/en/build-with-claude/thinking
 */
function thinkingOf({ reasoningEffort }: Parameters): Partial<Request> {
  if (reasoningEffort === undefined || reasoningEffort === 'none') return {};
  return { thinking: { type: 'adaptive', display: 'summarized' } };
}

function outputOf({ reasoningEffort, responseFormat }: Parameters): Partial<Request> {
  const effort = reasoningEffort === 'minimal' ? 'low' : reasoningEffort;
  const output_config = {
    ...(effort === undefined || effort === 'none' ? {} : { effort }),
    ...(responseFormat === undefined || isAnyObject(responseFormat.schema)
      ? {}
      : { format: { type: 'json_schema' as const, schema: closed(responseFormat.schema) } }),
  };
  return Object.keys(output_config).length === 0 ? {} : { output_config };
}
