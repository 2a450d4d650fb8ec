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
