import { type ErrorCode, type ErrorOptions, ServiceError } from './service-error.ts';

const MESSAGES = {
  rate_limited: "The provider's rate limit is reached.",
  context_length_exceeded: 'The conversation is longer than the context length of the model.',
  content_filtered: 'The provider refused the prompt.',
  provider_auth_failed: 'The provider did not accept the credentials.',
  model_not_found: 'The provider does not have this model.',
  provider_unavailable: 'The provider could not be reached.',
  provider_protocol_error: 'The provider answered something that is not an answer.',
  invalid_request: 'The provider refused the request.',
  first_token_timeout: 'The provider took too long to begin.',
  idle_timeout: 'The provider fell silent in the middle.',
  total_timeout: 'The answer took longer than it may.',
} satisfies Partial<Record<ErrorCode, string>>;

/** Codes of what a provider, or the way to it, can do wrong. */
export type ProviderErrorCode = keyof typeof MESSAGES;

interface ProviderErrorOptions extends ErrorOptions {
  /** What the provider itself said: for the log, and for clients in development. */
  providerMessage?: string;
  /** What the provider asked to wait, in ms. */
  retryAfterMs?: number;
}

export class ProviderError extends ServiceError {
  declare readonly code: ProviderErrorCode;
  readonly providerMessage: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ProviderErrorCode, options: ProviderErrorOptions = {}) {
    super(code, MESSAGES[code], options);
    this.providerMessage = options.providerMessage;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** What a client may read: our own sentence, and in development the provider's as well. */
  describe(revealing: boolean): string {
    return revealing && this.providerMessage ? `${this.message} ${this.providerMessage}` : this.message;
  }
}
