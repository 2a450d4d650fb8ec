import type { ErrorCode, ErrorDetail } from '../wire/error-codes.ts';
import type { ErrorEvent } from '../wire/events.ts';

/** Codes that the client itself uses, in addition to the server's. */
export type ClientErrorCode =
  /** The server could not be reached; the cause says more. */
  | 'network_error'
  /** A response took too long. */
  | 'timeout'
  /** The response is not of this service: another server, or a proxy in between. */
  | 'protocol_error'
  /** An HTTP error without the service's JSON body, as proxies send. */
  | 'http_error'
  /** Reconnecting failed for too long; the run may be going on. */
  | 'gave_up'
  /** `leave()` or the signal ended the reading; the run may be going on. */
  | 'left'
  /** A session that is answering was asked to do something else. */
  | 'session_busy';

interface Options {
  status?: number | null;
  details?: readonly ErrorDetail[];
  requestId?: string | null;
  retryable?: boolean;
  retryAfterMs?: number | null;
  cause?: unknown;
}

/** Every error of this client. */
export class ChatClientError extends Error {
  override readonly name = 'ChatClientError';
  /** Codes that this version does not know may come from newer servers. */
  readonly code: ErrorCode | ClientErrorCode | (string & {});
  /** The HTTP status; null when there was no HTTP response. */
  readonly status: number | null;
  readonly details: readonly ErrorDetail[];
  /** Identifies the request in the server's log. */
  readonly requestId: string | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** How long the server asked to wait. */
  readonly retryAfterMs: number | null;

  constructor(code: ChatClientError['code'], message: string, options: Options = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? null;
    this.details = options.details ?? [];
    this.requestId = options.requestId ?? null;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }

  static fromEvent({ code, message, retryable }: ErrorEvent): ChatClientError {
    return new ChatClientError(code, message, { retryable });
  }

  /** Converts whatever was thrown. */
  static from(cause: unknown): ChatClientError {
    if (cause instanceof ChatClientError) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    return new ChatClientError('network_error', message, { cause, retryable: true });
  }
}

/** 500 is not among them: a server that fails on a request will fail on it again. */
const TRANSIENT = new Set([408, 425, 429, 502, 503, 504]);

/** Converts an HTTP response with an error status, with the service's JSON body or any other. Reads its body. */
export async function errorFromResponse(response: Response): Promise<ChatClientError> {
  const { status, headers } = response;
  const text = await response.text().catch(() => '');
  const { code, message, details, requestId } = shapeOf(text);
  // A proxy that authenticates has a body of its own.
  const otherwise = status === 401 ? 'unauthenticated' : 'http_error';
  return new ChatClientError(code ?? otherwise, message ?? `The server answered ${status}.`, {
    status,
    details,
    requestId: requestId ?? headers.get('x-request-id'),
    retryable: TRANSIENT.has(status) && headers.get('x-should-retry') !== 'false',
    retryAfterMs: retryAfterOf(headers),
  });
}

function shapeOf(text: string) {
  const error = field(parsed(text), 'error');
  const details = field(error, 'details');
  return {
    code: textOf(field(error, 'code')),
    message: textOf(field(error, 'message')),
    requestId: textOf(field(error, 'requestId')),
    details: (Array.isArray(details) ? details : []).map((detail: unknown) => ({
      field: textOf(field(detail, 'field')) ?? '',
      message: textOf(field(detail, 'message')) ?? '',
    })),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Seconds only; no part of the service sends a date. */
function retryAfterOf(headers: Headers): number | null {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return seconds >= 0 ? seconds * 1000 : null;
}
