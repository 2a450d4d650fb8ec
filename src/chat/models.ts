import type { Producer } from '../runs/producer.ts';
import type { Role } from './store.ts';

export interface PromptMessage {
  role: Role | 'system';
  content: string;
}

/** A schema that the answer must fit (PROV-7). */
export interface ResponseFormat {
  type: 'json_schema';
  name: string;
  schema: Readonly<Record<string, unknown>>;
}

/** How to generate. Absent: the model's or the configured default. */
export interface Parameters {
  temperature?: number | undefined;
  topP?: number | undefined;
  maxOutputTokens?: number | undefined;
  stop?: readonly string[] | undefined;
  responseFormat?: ResponseFormat | undefined;
}

export interface Prompt {
  messages: readonly PromptMessage[];
  parameters: Parameters;
}

/** A model that can be asked. */
export interface Model {
  id: string;
  /** The provider's name: azure, openai, simulator … */
  provider: string;
  /** Tokens of prompt and answer together, if known. */
  contextWindow: number | null;
  answer(prompt: Prompt): Producer;
}

export interface Models {
  /**
   * The model of that name, or the default one. Throws InvalidRequestError that lists what there is, or names the
   * parameter that this model does not take.
   */
  resolve(name: string | undefined, parameters: Parameters): Model;
  /** All there are, the default one first. */
  list(): readonly Model[];
}
