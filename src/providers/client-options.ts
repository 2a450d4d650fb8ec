import { nodeFetch } from './connection/node-fetch.ts';

/** Options of every SDK client: our retries, timeouts and `fetch` replace its own. */
export const CLIENT_OPTIONS = {
  maxRetries: 0,
  /** Longer than any of our timeouts; the SDKs refuse 0. In ms. */
  timeout: 24 * 60 * 60 * 1000,
  fetch: nodeFetch,
  logLevel: 'off',
} as const;

/** Without these, OpenAI's SDK would read them from the environment and send them to any provider. */
export const OPENAI_OPTIONS = {
  ...CLIENT_OPTIONS,
  organization: null,
  project: null,
  webhookSecret: null,
} as const;
