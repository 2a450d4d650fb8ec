/** A model that the server can ask (`GET /api/models`); null: not known. */
export interface Model {
  id: string;
  /** azure, openai, simulator … */
  provider: string;
  /** Tokens of prompt and answer together. */
  contextWindow: number | null;
  /** Tokens of an answer. */
  maxOutputTokens: number | null;
  strengths: readonly string[];
  supports: {
    /** Else the answer comes in one piece. */
    streaming: boolean;
    structuredOutput: boolean;
    reasoning: boolean;
    /** Temperature and topP. */
    temperature: boolean;
    stop: boolean;
  };
  /** What a request gets that does not say otherwise. */
  defaults: Readonly<Record<string, unknown>>;
}

/** How long a provider may keep people waiting before a run fails, in ms. */
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
  models: readonly Model[];
  timeouts: Timeouts;
}
