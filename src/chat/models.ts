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
  /** How much a reasoning model thinks before it answers. From the catalogue only. */
  reasoningEffort?: ReasoningEffort | undefined;
}

export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface Prompt {
  messages: readonly PromptMessage[];
  parameters: Parameters;
}

/** What a model takes and gives. */
export interface Abilities {
  /** Else its answer comes in one piece (PROV-4). */
  streaming: boolean;
  /** Answers that fit a schema, by the provider's own means (PROV-7). */
  structuredOutput: boolean;
  /** It thinks before it answers. */
  reasoning: boolean;
  /** Temperature and topP. */
  temperature: boolean;
  /** Stop sequences. */
  stop: boolean;
}

/** What is known of a model (PROV-3); null: unknown. */
export interface ModelCard {
  id: string;
  /** The provider's name: azure, openai, simulator … */
  provider: string;
  /** Tokens of prompt and answer together. */
  contextWindow: number | null;
  /** Tokens of an answer. */
  maxOutputTokens: number | null;
  strengths: readonly string[];
  supports: Readonly<Abilities>;
  /** What a request that does not say otherwise gets. */
  defaults: Readonly<Omit<Parameters, 'responseFormat'>>;
  /** US dollars per million tokens. */
  prices: { input: number | null; output: number | null };
  /** Models that are tried when this one is unavailable before its first token, in this order. */
  fallbacks: readonly string[];
}

/** A model that can be asked. */
export interface Model extends ModelCard {
  /** With the parameters that it was resolved with. */
  answer(messages: readonly PromptMessage[]): Producer;
}

export interface Models {
  /**
   * The model of that name, or the default one, to be asked with these parameters. Throws InvalidRequestError that
   * lists what there is, or names the parameter that this model does not take.
   */
  resolve(name: string | undefined, parameters: Parameters): Model;
  /** All there are, the default one first. */
  list(): readonly Model[];
}
