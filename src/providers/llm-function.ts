import type { LLMFunction } from '../chat/llm-function.ts';
import type { Model, Parameters, PromptMessage } from '../chat/models.ts';
import { type Config, configFrom } from '../config.ts';
import type { Producer } from '../runs/producer.ts';
import { withClocks, withTotalClock } from './clocks.ts';
import { answerOf } from './llm-answer.ts';
import type { Provider } from './provider.ts';
import { withRetry } from './retry.ts';
import { validatorOf, withValidation } from './structured-output.ts';

type Clocks = Pick<Config['stream'], 'firstTokenTimeoutMs' | 'idleTimeoutMs' | 'totalTimeoutMs'>;

/** A model of the catalogue, resolved with its parameters: it has its clocks, retries and fallbacks. */
interface OfModel {
  model: Model;
}

/** Any model of a provider, by the provider's own name. */
interface OfProvider {
  provider: Provider;
  model: string;
  /** Passed on as they are; default: the provider's. */
  parameters?: Parameters;
  /** RUN-9, in ms. Default: 30,000, 30,000, and 0, which is off. */
  stream?: Partial<Clocks>;
  /** PROV-5. Default: 3 attempts, 500 ms and doubling, at most 30,000 ms. */
  retry?: Partial<Config['retry']>;
}

export type LLMFunctionOptions = (OfModel | OfProvider) & {
  /** UTF-16 units of content and reasoning; a longer answer ends as `length`. Default: 4 Mi. */
  answerChars?: number;
};

/**
 * A streaming function of a model, without chats and without a database: `createLLMFunction({ provider:
 * openrouter({ apiKey }), model: 'anthropic/claude-sonnet-4' })`, or of a service's catalogue:
 * `createLLMFunction({ model: service.models.resolve('gpt-4o', { temperature: 0 }) })`. Throws ConfigError about a clock,
 * a retry or a bound that is out of range.
 */
export function createLLMFunction(options: LLMFunctionOptions): LLMFunction {
  const { answerChars } = options;
  const config = configFrom({
    ...('provider' in options ? { stream: options.stream ?? {}, retry: options.retry ?? {} } : {}),
    limits: answerChars === undefined ? {} : { answerChars },
  });
  const { name, provider, produce } = 'provider' in options ? ofProvider(options, config) : ofModel(options);
  const settings = {
    answerChars: config.limits.answerChars,
    progressEvery: config.stream.progressEvery,
  };
  return (prompt, call = {}) => {
    const messages = typeof prompt === 'string' ? [{ role: 'user' as const, content: prompt }] : prompt;
    return answerOf({ messages, model: name, provider, producer: produce(messages) }, settings, call);
  };
}

interface Source {
  name: string;
  provider: string;
  produce(messages: readonly PromptMessage[]): Producer;
}

function ofModel({ model }: OfModel): Source {
  return { name: model.id, provider: model.provider, produce: (messages) => model.answer(messages) };
}

function ofProvider(
  { provider, model, parameters = {} }: OfProvider,
  { stream, retry }: Pick<Config, 'stream' | 'retry'>,
): Source {
  const clocks = { firstTokenMs: stream.firstTokenTimeoutMs, idleMs: stream.idleTimeoutMs };
  const validate = parameters.responseFormat && validatorOf(parameters.responseFormat);
  return {
    name: model,
    provider: provider.name,
    produce(messages) {
      const attempt = provider.attempt(model, { messages, parameters });
      const timed = withTotalClock(withRetry(withClocks(attempt, clocks), retry), stream.totalTimeoutMs);
      return validate ? withValidation(timed, validate) : timed;
    },
  };
}
