import type { Prompt } from '../chat/models.ts';
import type { Producer } from '../runs/producer.ts';
import type { Abilities } from '../wire/models.ts';

/** Whether the answer is requested as a stream, or as a whole from a model that cannot stream (PROV-4). */
export type Delivery = 'streamed' | 'whole';

/** A source of completions. It makes one attempt; timeouts, retries and fallbacks are added around it. */
export interface Provider {
  /** As in events, the database and the catalogue. */
  readonly name: string;
  /** Abilities that none of its models has, whatever the catalogue says. */
  readonly lacks?: readonly (keyof Abilities)[];
  /** It requires a maximum length in every request: then it gets the model's limit. */
  readonly needsLimit?: boolean;
  /** It loads a model on request, and stops loading when the request is closed. */
  readonly loadsModels?: boolean;
  /** `model`: the provider's own name for it. `delivery`: default `streamed`. */
  attempt(model: string, prompt: Prompt, delivery?: Delivery): Producer;
}
