import Anthropic from '@anthropic-ai/sdk';
import type { Parameters, Prompt } from '../chat/models.ts';
import { BASE_URLS } from '../config.ts';
import type { Producer } from '../runs/producer.ts';
import { readAnswer } from './answer-stream.ts';
import { tellMessage } from './anthropic-message.ts';
import { MessageStream } from './anthropic-stream.ts';
import { bodyText } from './body-text.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { bodyOf } from './node-fetch.ts';
import type { KeyedSettings } from './openai.ts';
import type { Delivery, Provider } from './provider.ts';
import { errorFromRequest } from './sdk-errors.ts';
import { withoutSecret } from './secrets.ts';

type Request = Anthropic.MessageCreateParams;

/** For models whose own bound is not known: all take this one. */
const SMALLEST_LIMIT = 4096;

/** Claude, through Anthropic's own Messages API. */
export function anthropic({ apiKey, baseUrl = BASE_URLS.anthropic }: KeyedSettings): Provider {
  // `authToken: null`: otherwise the SDK looks for one in the environment.
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
  const request = requestOf(model, prompt, delivery);
  return async (sink, signal) => {
    let response: Response;
    try {
      response = await client.messages.create(request, { signal }).asResponse();
    } catch (error) {
      throw errorFromRequest(error);
    }
    const body = bodyOf(response);
    if (delivery === 'streamed') return readAnswer(body, new MessageStream(sink));
    return tellMessage(await bodyText(body), sink);
  };
}

function requestOf(model: string, { messages, parameters }: Prompt, delivery: Delivery): Request {
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const { maxOutputTokens, stop } = parameters;
  return {
    model,
    max_tokens: maxOutputTokens ?? SMALLEST_LIMIT,
    messages: messages.flatMap(({ role, content }) => (role === 'system' ? [] : [{ role, content }])),
    ...(delivery === 'streamed' ? { stream: true } : {}),
    ...(system.length === 0 ? {} : { system: system.join('\n\n') }),
    ...(stop === undefined ? {} : { stop_sequences: [...stop] }),
    ...thinkingOf(parameters),
    ...outputOf(parameters),
  };
}

/** Newer models think by themselves, but show it only when asked: https://platform.claude.com/docs/en/build-with-claude/thinking */
function thinkingOf({ reasoningEffort }: Parameters): Partial<Request> {
  if (reasoningEffort === undefined || reasoningEffort === 'none') return {};
  return { thinking: { type: 'adaptive', display: 'summarized' } };
}

function outputOf({ reasoningEffort, responseFormat }: Parameters): Partial<Request> {
  const effort = reasoningEffort === 'minimal' ? 'low' : reasoningEffort;
  const output_config = {
    ...(effort === undefined || effort === 'none' ? {} : { effort }),
    ...(responseFormat === undefined
      ? {}
      : { format: { type: 'json_schema' as const, schema: { ...responseFormat.schema } } }),
  };
  return Object.keys(output_config).length === 0 ? {} : { output_config };
}
