import { ProviderError } from '../../errors.ts';

/** The error for a response that does not follow the provider's protocol. */
export function notAnAnswer(providerMessage: string, cause?: unknown): ProviderError {
  return new ProviderError('provider_protocol_error', { cause, providerMessage });
}

/** The beginning of received data, for a message. */
export function excerpt(data: string): string {
  return data.slice(0, 200);
}
