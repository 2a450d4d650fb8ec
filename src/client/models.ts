/** A model that the server can ask (`GET /api/models`). More may be said of it by newer servers. */
export interface Model {
  id: string;
  provider: string;
  /** Tokens of prompt and answer together; null: not known. */
  contextWindow: number | null;
  [further: string]: unknown;
}
