import type { Logger } from 'pino';
import type { Model, ModelCard, Models, Parameters, Prompt } from '../chat/models.ts';
import type { Config } from '../config.ts';
import { InvalidRequestError } from '../errors.ts';
import { Breaker, type BreakerState } from './breaker.ts';
import { withClocks, withTotalClock } from './clocks.ts';
import { type Candidate, withFallbacks } from './fallback.ts';
import { type Offer, offersOf } from './offers.ts';
import { fitted, fittedLeniently } from './parameters.ts';
import type { Provider } from './provider.ts';
import { withRetry } from './retry.ts';
import { validatorOf, withValidation } from './structured-output.ts';

type Settings = Pick<Config, 'azure' | 'openai' | 'models' | 'stream' | 'retry'>;

/** The models that can be asked now (PROV-2, PROV-3), each with all that is put around an attempt. */
export class Catalogue implements Models {
  readonly #offers: ReadonlyMap<string, Offer>;
  readonly #default: Offer;
  readonly #breakers: ReadonlyMap<string, Breaker>;
  readonly #list: readonly Model[];

  /** Throws ConfigError when none of the models has its provider. */
  constructor(
    providers: readonly Provider[],
    private readonly config: Settings,
    logger: Logger,
  ) {
    const [first, ...others] = offersOf(providers, config);
    this.#default = first;
    this.#offers = new Map([first, ...others].map((offer) => [offer.card.id, offer]));
    this.#breakers = new Map(providers.map(({ name }) => [name, new Breaker(name, logger)]));
    this.#list = Array.from(this.#offers.values(), (offer) => this.#model(offer, {}));
  }

  resolve(name: string | undefined, parameters: Parameters): Model {
    const offer = name === undefined ? this.#default : this.#offers.get(name);
    if (offer) return this.#model(offer, parameters);
    const available = [...this.#offers.keys()].join(', ');
    throw InvalidRequestError.field('model', `"${name}" is not available; there is: ${available}`);
  }

  list(): readonly Model[] {
    return this.#list;
  }

  /** Whether each provider is asked at the moment; for operators. */
  get breakers(): Readonly<Record<string, BreakerState>> {
    return Object.fromEntries(Array.from(this.#breakers, ([name, { state }]) => [name, state]));
  }

  #model(offer: Offer, given: Parameters): Model {
    const { card } = offer;
    const parameters = fitted(card, given);
    const validate = given.responseFormat && validatorOf(given.responseFormat);
    return {
      ...card,
      contextWindow: roomIn(card, given, parameters),
      answer: (messages) => {
        const first = this.#candidate(offer, { messages, parameters });
        const others = this.#substitutes(card, messages, given);
        const producer = withFallbacks(first, others);
        const timed = withTotalClock(producer, this.config.stream.totalTimeoutMs);
        return validate ? withValidation(timed, validate) : timed;
      },
    };
  }

  #substitutes(card: ModelCard, messages: Prompt['messages'], given: Parameters): Candidate[] {
    return card.fallbacks.flatMap((id) => {
      const offer = this.#offers.get(id);
      const parameters = offer && fittedLeniently(offer.card, given);
      return offer && parameters ? [this.#candidate(offer, { messages, parameters })] : [];
    });
  }

  /** An attempt with its clocks, repeated while that may help, and left out while the provider is dead. */
  #candidate({ card, provider, name }: Offer, prompt: Prompt): Candidate {
    const { stream, retry } = this.config;
    const clocks = { firstTokenMs: stream.firstTokenTimeoutMs, idleMs: stream.idleTimeoutMs };
    const attempt = provider.attempt(name, prompt, card.supports.streaming ? 'streamed' : 'whole');
    const timed = withClocks(attempt, clocks);
    const watched = this.#breakers.get(provider.name)?.around(timed) ?? timed;
    return { model: card.id, provider: card.provider, producer: withRetry(watched, retry) };
  }
}

/** Where a request bounds the answer, that much of the window is the answer's. */
function roomIn({ contextWindow }: ModelCard, given: Parameters, fit: Parameters): number | null {
  if (contextWindow === null || given.maxOutputTokens === undefined) return contextWindow;
  return Math.max(0, contextWindow - (fit.maxOutputTokens ?? 0));
}
