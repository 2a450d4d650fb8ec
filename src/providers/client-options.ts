import { nodeFetch } from './node-fetch.ts';

/** What every SDK's client here has: our retries and clocks instead of its own, our way to read bodies. */
export const CLIENT_OPTIONS = {
  maxRetries: 0,
  /** Beyond any clock of ours; 0 is refused. In ms. */
  timeout: 24 * 60 * 60 * 1000,
  fetch: nodeFetch,
  logLevel: 'off',
} as const;

/** The SDK of OpenAI would take these from the environment, and send them to whoever the provider is. */
export const OPENAI_OPTIONS = {
  ...CLIENT_OPTIONS,
  organization: null,
  project: null,
  webhookSecret: null,
} as const;
