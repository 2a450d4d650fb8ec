import type { Logger } from 'pino';
import type { Model, Models, Parameters, Prompt } from '../chat/models.ts';
import type { Config } from '../config.ts';
import { InvalidRequestError } from '../errors.ts';
import type { ModelCard } from '../wire/models.ts';
import { answerProducer, type Target } from './attempts/answer-producer.ts';
import { Breaker, type BreakerState } from './attempts/breaker.ts';
import { type AvailableModel, availableModels } from './available-models.ts';
import { applyDefaults, applyDefaultsForFallback } from './parameters.ts';
import type { Provider } from './provider.ts';
import { validatorOf } from './schemas/structured-output.ts';

type Settings = Pick<Config, 'azure' | 'openai' | 'models' | 'stream' | 'retry'>;

/** The models that can be asked now (PROV-2, PROV-3): those whose provider is configured. */
export class Catalogue implements Models {
  readonly #models: ReadonlyMap<string, AvailableModel>;
  readonly #default: AvailableModel;
  readonly #breakers: ReadonlyMap<string, Breaker>;
  readonly #list: readonly Model[];

  /** Throws ConfigError when none of the models has its provider. */
  constructor(
    providers: readonly Provider[],
    private readonly config: Settings,
    logger: Logger,
  ) {
    const [first, ...others] = availableModels(providers, config);
    this.#default = first;
    this.#models = new Map([first, ...others].map((model) => [model.card.id, model]));
    this.#breakers = new Map(providers.map(({ name }) => [name, new Breaker(name, logger)]));
    this.#list = Array.from(this.#models.values(), (model) => this.#resolved(model, {}));
  }

  resolve(name: string | undefined, parameters: Parameters): Model {
    const model = name === undefined ? this.#default : this.#models.get(name);
    if (model) return this.#resolved(model, parameters);
    const available = [...this.#models.keys()].join(', ');
    throw InvalidRequestError.field('model', `"${name}" is not available; there is: ${available}`);
  }

  list(): readonly Model[] {
    return this.#list;
  }

  /** The circuit breaker of each provider, by name; operators see them in /readyz. */
  get breakers(): Readonly<Record<string, BreakerState>> {
    return Object.fromEntries(Array.from(this.#breakers, ([name, { state }]) => [name, state]));
  }

  #resolved(model: AvailableModel, given: Parameters): Model {
    const { card } = model;
    const parameters = applyDefaults(card, given);
    const validator = given.responseFormat && validatorOf(given.responseFormat);
    return {
      ...card,
      contextWindow: promptWindow(card, given, parameters),
      ...(validator ? { ready: () => validator.ready() } : {}),
      answer: (messages) => {
        const { stream, retry } = this.config;
        const first = this.#target(model, { messages, parameters });
        return answerProducer([first, ...this.#fallbacks(card, messages, given)], {
          stream,
          retry,
          validator,
        });
      },
    };
  }

  /** The available fallbacks of a model that can serve these parameters. */
  #fallbacks(card: ModelCard, messages: Prompt['messages'], given: Parameters): Target[] {
    return card.fallbacks.flatMap((id) => {
      const model = this.#models.get(id);
      const parameters = model && applyDefaultsForFallback(model.card, given);
      return model && parameters ? [this.#target(model, { messages, parameters })] : [];
    });
  }

  #target({ card, provider, name }: AvailableModel, prompt: Prompt): Target {
    const delivery = card.supports.streaming ? 'streamed' : 'whole';
    return { provider, model: card.id, name, prompt, delivery, breaker: this.#breakers.get(provider.name) };
  }
}

/** The context window without what the request reserves for the answer. */
function promptWindow({ contextWindow }: ModelCard, given: Parameters, used: Parameters): number | null {
  if (contextWindow === null || given.maxOutputTokens === undefined) return contextWindow;
  return Math.max(0, contextWindow - (used.maxOutputTokens ?? 0));
}
