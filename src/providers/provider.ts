import type { Abilities, Prompt } from '../chat/models.ts';
import type { Producer } from '../runs/producer.ts';

/** Whether the answer is to come as a stream, or in one piece from a model that cannot stream (PROV-4). */
export type Delivery = 'streamed' | 'whole';

/** One way to get completions. A provider makes one attempt; clocks, retries and fallbacks are put around it. */
export interface Provider {
  /** As in events, the database and the catalogue. */
  readonly name: string;
  /** What none of its models can, whatever the catalogue says. */
  readonly lacks?: readonly (keyof Abilities)[];
  /** It wants a bound for every answer: then it gets the model's own. */
  readonly needsLimit?: boolean;
  /** `model`: the provider's own name for it. `delivery`: by default it is streamed. */
  attempt(model: string, prompt: Prompt, delivery?: Delivery): Producer;
}
