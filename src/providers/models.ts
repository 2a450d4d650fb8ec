import type { Model, Models } from '../chat/models.ts';
import type { Config } from '../config.ts';
import { InvalidRequestError } from '../errors.ts';
import type { Producer } from '../runs/producer.ts';
import { withClocks, withTotalClock } from './clocks.ts';
import type { Provider } from './provider.ts';
import { withRetry } from './retry.ts';

/** The one model of a provider that is called by its deployment. */
export function singleModel(
  provider: Provider,
  config: Pick<Config, 'azure' | 'openai' | 'stream' | 'retry'>,
): Models {
  const id = config.azure?.deployment ?? config.openai.model;
  const { temperature, maxOutputTokens } = config.openai;
  const model: Model = {
    id,
    provider: provider.name,
    contextWindow: null,
    maxOutputTokens: null,
    strengths: [],
    supports: { streaming: true, structuredOutput: true, reasoning: false, temperature: true, stop: true },
    defaults: { temperature },
    prices: { input: null, output: null },
    fallbacks: [],
    answer: ({ messages, parameters }) => {
      const defaults = { temperature, ...(maxOutputTokens ? { maxOutputTokens } : {}) };
      return guarded(provider.attempt(id, { messages, parameters: { ...defaults, ...parameters } }), config);
    },
  };
  return {
    resolve(name) {
      if (name === undefined || name === id) return model;
      throw InvalidRequestError.field('model', `"${name}" is not available; there is: ${id}`);
    },
    list: () => [model],
  };
}

/** An attempt with its clocks, repeated while that may help, within the total clock. */
function guarded(attempt: Producer, { stream, retry }: Pick<Config, 'stream' | 'retry'>): Producer {
  const clocks = { firstTokenMs: stream.firstTokenTimeoutMs, idleMs: stream.idleTimeoutMs };
  return withTotalClock(withRetry(withClocks(attempt, clocks), retry), stream.totalTimeoutMs);
}
