import { ProviderError, type ProviderErrorCode } from '../errors.ts';

/** What is known of a failure, wherever it came from. */
interface Failure {
  /** The HTTP status; undefined when there was no answer. */
  status: number | undefined;
  /** What the provider calls it, the most precise name first. */
  names: readonly string[];
  message: string;
  headers?: Headers;
  cause: unknown;
}

/** What went wrong with a request, from what the SDKs of OpenAI and Anthropic throw, which look alike (PROV-6). */
export function errorFromRequest(cause: unknown): ProviderError {
  if (cause instanceof ProviderError) return cause;
  // What our own token provider threw, as the SDK passes it on.
  if (cause instanceof Error && cause.cause instanceof ProviderError) return cause.cause;
  const { status, headers } = propertiesOf(cause);
  return providerError({
    status: typeof status === 'number' ? status : undefined,
    names: namesIn(cause),
    message: messageOf(cause),
    ...(headers instanceof Headers ? { headers } : {}),
    cause,
  });
}

/** An error object in the middle of a stream: `{message, code, type}`, or only a text. */
export function errorFromStream(error: unknown): ProviderError {
  const { message } = propertiesOf(error);
  const names = namesIn(error);
  const status = names.map(Number).find((number) => number >= 400 && number < 600);
  return providerError({
    status,
    names,
    message: typeof message === 'string' ? message : JSON.stringify(error).slice(0, 500),
    cause: undefined,
  });
}

function providerError({ status, names, message, headers, cause }: Failure): ProviderError {
  const name = names.find((candidate) => Object.hasOwn(CODES, candidate));
  const code = (name && CODES[name]) || codeOfMessage(status, message) || codeOfStatus(status);
  const retryAfterMs = retryAfter(headers);
  return new ProviderError(code, {
    cause,
    providerMessage: message,
    retryable: isRetryable(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Names that say more than the status: OpenAI's and Azure's codes, Anthropic's and Ollama's types, Google's reasons. */
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

/** Anthropic, Google and OpenRouter have no code for a prompt that is too long: only their words tell it. */
const TOO_LONG =
  /prompt is too long|maximum context length|exceeds the maximum number of tokens|context (window|size|length)/i;

function codeOfMessage(status: number | undefined, message: string): ProviderErrorCode | undefined {
  return (status === 400 || status === 413) && TOO_LONG.test(message) ? 'context_length_exceeded' : undefined;
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

/** Bodies nest differently: `{error: {code, type, status, details: [{reason}], innererror: {code}}}`, once or twice. */
function namesIn(error: unknown): string[] {
  const { code, type, status, reason, error: inner, innererror, details, metadata } = propertiesOf(error);
  const own = [code, type, status, reason].filter(isName).map(String);
  // OpenRouter's moderation has no code but this.
  const moderated = 'flagged_input' in propertiesOf(metadata) ? ['content_filter'] : [];
  const listed = Array.isArray(details) ? details : [];
  return [...moderated, ...own, ...[innererror, inner, ...listed].filter(isObject).flatMap(namesIn)];
}

function isName(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function propertiesOf(value: unknown): Record<string, unknown> {
  // Errors keep what matters here in own properties.
  return isObject(value) ? { ...value } : {};
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
  return cause.message + inner;
}
