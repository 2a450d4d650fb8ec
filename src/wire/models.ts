/** How much a reasoning model thinks before it answers. */
type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** How to generate. Absent: the model's or the configured default. */
export interface ModelParameters {
  temperature?: number | undefined;
  topP?: number | undefined;
  maxOutputTokens?: number | undefined;
  stop?: readonly string[] | undefined;
  /** From the catalogue only. */
  reasoningEffort?: ReasoningEffort | undefined;
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
  /** What a request gets that does not say otherwise. */
  defaults: Readonly<ModelParameters>;
  /** US dollars per million tokens. */
  prices: { input: number | null; output: number | null };
  /** Models that are tried when this one is unavailable before its first token, in this order. */
  fallbacks: readonly string[];
}

/** A model in the answer to `GET /api/models`. */
export interface ListedModel extends ModelCard {
  /** The one that answers requests that name none. */
  default: boolean;
}

/** How long a provider may keep people waiting before a run fails (RUN-9), in ms. */
export interface Timeouts {
  /** Until the first text; of one attempt. Then `first_token_timeout`, if no further attempt is made. */
  firstTokenMs: number;
  /** Between two pieces of text. Then `idle_timeout`. */
  idleMs: number;
  /** Of all attempts together; null: without bound. Then `total_timeout`. */
  totalMs: number | null;
}

export interface Catalogue {
  /** The default one first. */
  models: readonly ListedModel[];
  timeouts: Timeouts;
}
