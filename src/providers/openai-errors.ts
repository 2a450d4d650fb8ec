import {
  APIConnectionError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { ProviderError, type ProviderErrorCode } from '../errors.ts';

/** What went wrong with a request, from what the SDK throws (PROV-6). */
export function errorFromRequest(cause: unknown): ProviderError {
  if (cause instanceof ProviderError) return cause;
  if (cause instanceof APIUserAbortError || cause instanceof APIConnectionError) {
    return new ProviderError('provider_unavailable', { cause, providerMessage: messageOf(cause) });
  }
  if (!(cause instanceof APIError)) {
    return new ProviderError('provider_unavailable', { cause, providerMessage: messageOf(cause) });
  }
  const retryAfterMs = retryAfter(cause.headers);
  return new ProviderError(codeOf(cause), {
    cause,
    providerMessage: cause.message,
    retryable: isRetryable(cause.status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** An error object in the middle of a stream: `{message, code, type}`, or only a text. */
export function errorFromStream(error: unknown): ProviderError {
  const { code, type, message } = fieldsOf(error);
  const known = codeOfName(code ?? type);
  return new ProviderError(known ?? 'provider_unavailable', {
    providerMessage: message ?? JSON.stringify(error).slice(0, 500),
  });
}

function codeOf(error: APIError): ProviderErrorCode {
  const known = codeOfName(error.code ?? undefined);
  if (known) return known;
  if (error instanceof AuthenticationError || error instanceof PermissionDeniedError)
    return 'provider_auth_failed';
  if (error instanceof RateLimitError) return 'rate_limited';
  if (error instanceof NotFoundError) return 'model_not_found';
  // OpenRouter: no credits left.
  if (error.status === 402) return 'provider_auth_failed';
  if (error.status === 400 || error.status === 413 || error.status === 422) return 'invalid_request';
  return 'provider_unavailable';
}

const NAMES: Readonly<Record<string, ProviderErrorCode>> = {
  context_length_exceeded: 'context_length_exceeded',
  content_filter: 'content_filtered',
  content_policy_violation: 'content_filtered',
  ResponsibleAIPolicyViolation: 'content_filtered',
  DeploymentNotFound: 'model_not_found',
  model_not_found: 'model_not_found',
  invalid_api_key: 'provider_auth_failed',
  Unauthorized: 'provider_auth_failed',
  rate_limit_exceeded: 'rate_limited',
  insufficient_quota: 'rate_limited',
  '401': 'provider_auth_failed',
  '403': 'provider_auth_failed',
  '429': 'rate_limited',
};

function codeOfName(name: string | undefined): ProviderErrorCode | undefined {
  return name !== undefined && Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
}

/** PROV-5: what is worth another attempt. */
function isRetryable(status: number | undefined): boolean {
  return status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
}

/** `retry-after-ms`, else `retry-after` in seconds or as a date; nonsense (−1) is as if it were absent. In ms. */
function retryAfter(headers: Headers | undefined): number | undefined {
  const milliseconds = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds;
  const value = headers?.get('retry-after');
  if (!value) return undefined;
  const seconds = Number(value);
  const wait = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return wait >= 0 ? wait : undefined;
}

function fieldsOf(error: unknown): { code?: string; type?: string; message?: string } {
  if (typeof error === 'string') return { message: error };
  if (typeof error !== 'object' || error === null) return {};
  const fields: { code?: string; type?: string; message?: string } = {};
  for (const name of ['code', 'type', 'message'] as const) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === 'string' || typeof value === 'number') fields[name] = String(value);
  }
  return fields;
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
  return cause.message + inner;
}
