import type { LLMFunction } from '../chat/llm-function.ts';
import type { Model, Parameters, PromptMessage } from '../chat/models.ts';
import { checkOptions } from '../chat/options.ts';
import { type Config, configFrom } from '../config.ts';
import { InvalidRequestError } from '../errors.ts';
import type { Producer } from '../runs/producer.ts';
import { answerProducer } from './attempts/answer-producer.ts';
import { answerOf } from './llm-answer.ts';
import type { Provider } from './provider.ts';
import { validatorOf } from './schemas/structured-output.ts';

type Clocks = Pick<Config['stream'], 'firstTokenTimeoutMs' | 'idleTimeoutMs' | 'totalTimeoutMs'>;

/**
 * A model of the catalogue with parameters, as `resolve` returns it; it has its own timeouts, retries and fallbacks.
 */
interface OfModel {
  model: Model;
}

/** Any model of a provider, by the provider's own name. */
interface OfProvider {
  provider: Provider;
  model: string;
  /** Sent unchanged; default: the provider's. */
  parameters?: Parameters;
  /** RUN-9, in ms. Default: 30,000, 30,000, and 600,000; a total of 0 is off. */
  stream?: Partial<Clocks>;
  /** PROV-5. Default: 3 attempts, 500 ms and doubling, at most 30,000 ms. */
  retry?: Partial<Config['retry']>;
}

export type LLMFunctionOptions = (OfModel | OfProvider) & {
  /** UTF-16 units of content and reasoning; a longer answer ends as `length`. Default: 4 Mi. */
  answerChars?: number;
};

const OF_PROVIDER = 'belongs to the provider: openai({ apiKey, baseUrl })';
const OF_DOCUMENT =
  'is an option of performAIChat and performAIEditing; the function itself knows no document';

const OPTIONS = {
  provider: null,
  model: null,
  parameters: null,
  stream: null,
  retry: null,
  answerChars: null,
  doc: OF_DOCUMENT,
  shareDBDoc: OF_DOCUMENT,
  chatId: OF_DOCUMENT,
  runCode: OF_DOCUMENT,
  apiKey: OF_PROVIDER,
  baseUrl: OF_PROVIDER,
  baseURL: OF_PROVIDER,
  temperature: 'belongs into parameters',
  aiRequestOptions: 'is called parameters here',
  enableReasoningTokens: 'is not needed: what the model thinks comes as reasoning events',
  createVizBotLocalPresence: 'has no counterpart: performAIChat says in the document what is being done',
  onCreditDeduction: 'has no counterpart: the answer has its usage',
};

/**
 * A model as a streaming function, without chats and without a database:
 * `createLLMFunction({ provider: openrouter({ apiKey }), model: 'anthropic/claude-sonnet-4' })`, or with a model of a
 * service's catalogue: `createLLMFunction({ model: service.models.resolve('gpt-4o', { temperature: 0 }) })`. Throws
 * ConfigError for a timeout, retry setting or bound that is out of range, and InvalidRequestError for an unknown
 * option.
 */
export function createLLMFunction(options: LLMFunctionOptions): LLMFunction {
  checkOptions('createLLMFunction', options, OPTIONS);
  if (!('provider' in options) && typeof options.model !== 'object') {
    throw InvalidRequestError.field('provider', 'is missing, for example openai({ apiKey })');
  }
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
  const validator = parameters.responseFormat && validatorOf(parameters.responseFormat);
  return {
    name: model,
    provider: provider.name,
    produce(messages) {
      const target = { provider, model, name: model, prompt: { messages, parameters } };
      return answerProducer([target], { stream, retry, validator });
    },
  };
}
