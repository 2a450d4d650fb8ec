import { ProviderError, type ProviderErrorCode } from '../../errors.ts';
import { errorBodyOf } from './error-body.ts';
import { type ErrorWords, propertiesOf, wordsOf, wordsOfBody } from './error-words.ts';
import { retryAfter } from './retry-after-header.ts';

/** The facts about a failure, from any source. */
interface Failure extends ErrorWords {
  /** The HTTP status; undefined without a response. */
  status: number | undefined;
  headers?: Headers;
  cause: unknown;
}

/**
 * Converts errors of the SDKs of OpenAI and Anthropic, which are alike, to a ProviderError (PROV-6). They keep only
 * bodies of known shapes, so the body is parsed again.
 */
export function errorFromRequest(cause: unknown): ProviderError {
  if (cause instanceof ProviderError) return cause;
  // Thrown by our token provider, and wrapped by the SDK.
  if (cause instanceof Error && cause.cause instanceof ProviderError) return cause.cause;
  const { status: found, headers } = propertiesOf(cause);
  const status = typeof found === 'number' ? found : undefined;
  if (!(headers instanceof Headers)) {
    return providerError({ status, names: wordsOf(cause).names, message: messageOf(cause), cause });
  }
  const { names, message } = wordsOfBody(errorBodyOf(headers) ?? '');
  return providerError({ status, names, message: `${status} ${message || '(no body)'}`, headers, cause });
}

/** Converts an error object within a stream, or instead of one: `{message, code, type}`, or only a string. */
export function errorFromStream(error: unknown): ProviderError {
  const { names, message } = wordsOf(error);
  const status = names.map(Number).find((number) => number >= 400 && number < 600);
  return providerError({ status, names, message: message || excerptOf(error), cause: undefined });
}

function excerptOf(value: unknown): string {
  try {
    return JSON.stringify(value).slice(0, 500);
  } catch {
    return 'An error that cannot be shown.';
  }
}

function providerError({ status: given, names, message, headers, cause }: Failure): ProviderError {
  const status = given ?? names.map((name) => Object.hasOwn(KINDS, name) && KINDS[name]).find(isStatus);
  const name = names.find((candidate) => Object.hasOwn(CODES, candidate));
  const code = (name && CODES[name]) || codeOfMessage(status, message) || codeOfStatus(status);
  const retryAfterMs = retryAfter(headers);
  const refused = headers?.get('x-should-retry') === 'false' || names.some((own) => EXHAUSTED.has(own));
  return new ProviderError(code, {
    cause,
    providerMessage: message,
    ...(refused || !isRetryable(status) ? { retryable: false } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function isStatus(value: unknown): value is number {
  return typeof value === 'number';
}

/**
 * Names that are more precise than the status: OpenAI's and Azure's codes, Anthropic's and Ollama's types, Google's
 * reasons.
 */
const CODES: Readonly<Record<string, ProviderErrorCode>> = {
  context_length_exceeded: 'context_length_exceeded',
  exceed_context_size_error: 'context_length_exceeded',
  content_filter: 'content_filtered',
  content_policy_violation: 'content_filtered',
  ResponsibleAIPolicyViolation: 'content_filtered',
  DeploymentNotFound: 'model_not_found',
  model_not_found: 'model_not_found',
  not_found_error: 'model_not_found',
  invalid_api_key: 'provider_auth_failed',
  API_KEY_INVALID: 'provider_auth_failed',
  Unauthorized: 'provider_auth_failed',
  authentication_error: 'provider_auth_failed',
  permission_error: 'provider_auth_failed',
  billing_error: 'provider_auth_failed',
  rate_limit_exceeded: 'rate_limited',
  rate_limit_error: 'rate_limited',
  insufficient_quota: 'rate_limited',
  RESOURCE_EXHAUSTED: 'rate_limited',
  overloaded_error: 'provider_unavailable',
};

/** Waiting does not refill an account: such a rate limit is not transient. */
const EXHAUSTED = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active']);

/** Names that correspond to a status, for errors without one: within a stream. */
const KINDS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  BadRequest: 400,
  BadRequestError: 400,
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  AuthenticationError: 401,
  PERMISSION_DENIED: 403,
  PermissionDeniedError: 403,
  NOT_FOUND: 404,
  NotFoundError: 404,
  request_too_large: 413,
  too_many_requests: 429,
  TooManyRequests: 429,
  RateLimitError: 429,
  server_error: 500,
  api_error: 500,
  internal_server_error: 500,
  InternalServerError: 500,
  INTERNAL: 500,
  service_unavailable: 503,
  UNAVAILABLE: 503,
  timeout_error: 504,
  DEADLINE_EXCEEDED: 504,
};

/** Anthropic, Google and OpenRouter have no code for a prompt that is too long, only these messages. */
const TOO_LONG =
  /prompt is too long|maximum context length|exceeds? the maximum number of tokens|context (window|size|length|limit)/i;

function codeOfMessage(status: number | undefined, message: string): ProviderErrorCode | undefined {
  const isAboutRequest = status === undefined || status === 400 || status === 413 || status === 422;
  return isAboutRequest && TOO_LONG.test(message) ? 'context_length_exceeded' : undefined;
}

function codeOfStatus(status: number | undefined): ProviderErrorCode {
  switch (status) {
    case 401:
    case 403:
    // OpenRouter: no credits left.
    case 402:
      return 'provider_auth_failed';
    case 404:
      return 'model_not_found';
    case 429:
      return 'rate_limited';
    case 400:
    case 413:
    case 422:
      return 'invalid_request';
    default:
      return 'provider_unavailable';
  }
}

/** PROV-5: whether a retry may succeed. */
function isRetryable(status: number | undefined): boolean {
  return status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
  return cause.message + inner;
}
