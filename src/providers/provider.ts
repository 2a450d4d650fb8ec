import type { Prompt } from '../chat/models.ts';
import type { Producer } from '../runs/producer.ts';

/** One way to get completions. A provider makes one attempt; clocks, retries and fallbacks are put around it. */
export interface Provider {
  /** As in events, the database and the catalogue. */
  readonly name: string;
  /** `model`: the provider's own name for it. */
  attempt(model: string, prompt: Prompt): Producer;
}
