/** What a client may rely on. Each code has one meaning, on every route and in every `error` event. */
export type ErrorCode =
  | 'invalid_request'
  | 'not_found'
  | 'method_not_allowed'
  | 'payload_too_large'
  | 'forbidden_origin'
  | 'chat_busy'
  | 'workspace_busy'
  | 'undo_expired'
  | 'workspace_full'
  | 'already_undone'
  | 'idempotency_key_reused'
  | 'shutting_down'
  | 'storage_failed'
  | 'internal_error'
  | 'rate_limited'
  | 'context_length_exceeded'
  | 'content_filtered'
  | 'provider_auth_failed'
  | 'model_not_found'
  | 'provider_unavailable'
  | 'provider_protocol_error'
  | 'first_token_timeout'
  | 'idle_timeout'
  | 'total_timeout'
  | 'interrupted'
  | 'stopped';

/** One thing that is wrong with a request: where (`messages.0.role`), and what. */
export interface ErrorDetail {
  field: string;
  message: string;
}

export interface ErrorBody {
  error: { code: ErrorCode; message: string; details?: readonly ErrorDetail[]; requestId?: string };
}

interface Options {
  cause?: unknown;
  details?: readonly ErrorDetail[];
  /** Extra response headers, in lower case. */
  headers?: Readonly<Record<string, string>>;
}

/** Everything that goes wrong here is one of these; `from` makes one of whatever else was thrown. */
export class ServiceError extends Error {
  readonly details: readonly ErrorDetail[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    /** The HTTP status, when the error is met before a stream has begun. */
    readonly status: number,
    readonly code: ErrorCode,
    message: string,
    /** Whether the same request may succeed later, unchanged. */
    readonly retryable: boolean,
    options: Options = {},
  ) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.details = options.details;
    this.headers = options.headers ?? {};
  }

  static from(cause: unknown): ServiceError {
    if (cause instanceof ServiceError) return cause;
    return new InternalError(cause);
  }

  /** The one JSON shape. `revealing`: false in production, where a 5xx says only its code and request id. */
  toBody(requestId: string | undefined, revealing: boolean): ErrorBody {
    const hidden = this.status >= 500 && !revealing;
    return {
      error: {
        code: this.code,
        message: hidden ? GENERIC_MESSAGE : this.message,
        ...(this.details && !hidden ? { details: this.details } : {}),
        ...(requestId === undefined ? {} : { requestId }),
      },
    };
  }
}

const GENERIC_MESSAGE = 'The server could not do this. Its log says why, under this request id.';

export class InvalidRequestError extends ServiceError {
  constructor(message: string, options: Options = {}) {
    super(400, 'invalid_request', message, false, options);
  }

  /** For a single wrong field: `model: "x" is not in the catalogue`. */
  static field(field: string, message: string): InvalidRequestError {
    return new InvalidRequestError(`${field}: ${message}`, { details: [{ field, message }] });
  }
}

export class ContextLengthExceededError extends ServiceError {
  constructor(needed: number, allowed: number) {
    const message = `The system prompt and the new message need about ${needed} tokens; ${allowed} are allowed.`;
    super(400, 'context_length_exceeded', message, false, { details: [{ field: 'messages', message }] });
  }
}

export class NotFoundError extends ServiceError {
  constructor(what: string) {
    super(404, 'not_found', `${what} does not exist.`, false);
  }
}

export class MethodNotAllowedError extends ServiceError {
  constructor(method: string, allowed: readonly string[]) {
    super(405, 'method_not_allowed', `${method} is not possible here; use ${allowed.join(' or ')}.`, false, {
      headers: { allow: allowed.join(', ') },
    });
  }
}

export class PayloadTooLargeError extends ServiceError {
  constructor(message: string) {
    super(413, 'payload_too_large', message, false);
  }
}

export class ForbiddenOriginError extends ServiceError {
  constructor(message: string) {
    super(403, 'forbidden_origin', message, false);
  }
}

/** A second POST while a run streams. OpenAI's clients would retry a 409 by themselves; the header stops them. */
export class ChatBusyError extends ServiceError {
  constructor(chatId: string, runId: string) {
    super(409, 'chat_busy', `Chat ${chatId} is answering already (run ${runId}); stop it or wait.`, false, {
      headers: { 'x-should-retry': 'false', 'x-run-id': runId },
    });
  }
}

/** One edit of a workspace at a time; undoing is one, too. */
export class WorkspaceBusyError extends ServiceError {
  constructor(workspaceId: string, runId: string) {
    super(
      409,
      'workspace_busy',
      `Workspace ${workspaceId} is being edited (run ${runId}); stop it or wait.`,
      false,
      {
        headers: { 'x-should-retry': 'false', 'x-run-id': runId },
      },
    );
  }
}

export class UndoExpiredError extends ServiceError {
  constructor(runId: string) {
    super(409, 'undo_expired', `What edit ${runId} did is not kept any more, so it cannot be undone.`, false);
  }
}

export class WorkspaceFullError extends ServiceError {
  constructor(id: string, options?: { cause?: unknown }) {
    const message = `With what would come back, workspace ${id} would be longer than workspaces.total_chars allows.`;
    super(409, 'workspace_full', message, true, options);
  }
}

export class AlreadyUndoneError extends ServiceError {
  constructor(runId: string) {
    super(409, 'already_undone', `Edit ${runId} has been taken back already.`, false);
  }
}

export class IdempotencyKeyReusedError extends ServiceError {
  constructor() {
    super(422, 'idempotency_key_reused', 'This Idempotency-Key was used with another body.', false, {
      details: [{ field: 'Idempotency-Key', message: 'was used with another body' }],
    });
  }
}

export class ShuttingDownError extends ServiceError {
  constructor() {
    super(503, 'shutting_down', 'The server is shutting down; try again in a moment.', true, {
      headers: { 'retry-after': '5' },
    });
  }
}

/** The database did not take it (disk full, I/O error). Nothing of the request was stored. */
export class StorageError extends ServiceError {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(503, 'storage_failed', `The database could not store this: ${reason}`, true, { cause });
  }
}

export class InternalError extends ServiceError {
  constructor(cause: unknown) {
    super(500, 'internal_error', cause instanceof Error ? cause.message : String(cause), false, { cause });
  }
}

/** Codes of what a provider, or the way to it, can do wrong. */
export type ProviderErrorCode = Extract<
  ErrorCode,
  | 'rate_limited'
  | 'context_length_exceeded'
  | 'content_filtered'
  | 'provider_auth_failed'
  | 'model_not_found'
  | 'provider_unavailable'
  | 'provider_protocol_error'
  | 'invalid_request'
  | 'first_token_timeout'
  | 'idle_timeout'
  | 'total_timeout'
>;

const PROVIDER_ERRORS: Record<ProviderErrorCode, { status: number; retryable: boolean; message: string }> = {
  rate_limited: { status: 429, retryable: true, message: 'The provider is limiting the rate of requests.' },
  context_length_exceeded: {
    status: 400,
    retryable: false,
    message: 'The conversation is too long for the model.',
  },
  content_filtered: { status: 400, retryable: false, message: 'The provider refused the prompt.' },
  provider_auth_failed: {
    status: 502,
    retryable: false,
    message: 'The provider did not accept the credentials.',
  },
  model_not_found: { status: 502, retryable: false, message: 'The provider does not have this model.' },
  provider_unavailable: { status: 502, retryable: true, message: 'The provider could not be reached.' },
  provider_protocol_error: {
    status: 502,
    retryable: true,
    message: 'The provider answered something that is not an answer.',
  },
  invalid_request: { status: 400, retryable: false, message: 'The provider refused the request.' },
  first_token_timeout: { status: 504, retryable: true, message: 'The provider took too long to begin.' },
  idle_timeout: { status: 504, retryable: true, message: 'The provider fell silent in the middle.' },
  total_timeout: { status: 504, retryable: true, message: 'The answer took longer than it may.' },
};

interface ProviderErrorOptions extends Options {
  /** What the provider itself said: for the log, and for clients in development. */
  providerMessage?: string;
  /** Whether trying again before the first token makes sense (PROV-5). Default: as the code says. */
  retryable?: boolean;
  /** What the provider asked to wait, in ms. */
  retryAfterMs?: number;
}

export class ProviderError extends ServiceError {
  declare readonly code: ProviderErrorCode;
  readonly providerMessage: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ProviderErrorCode, options: ProviderErrorOptions = {}) {
    const { status, retryable, message } = PROVIDER_ERRORS[code];
    super(status, code, message, options.retryable ?? retryable, options);
    this.providerMessage = options.providerMessage;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** What a client may read: our own sentence, and in development the provider's as well. */
  describe(revealing: boolean): string {
    return revealing && this.providerMessage ? `${this.message} ${this.providerMessage}` : this.message;
  }
}

/** The status that a run's error would have had, had it been met before its stream began. */
export function statusOf(code: ErrorCode): number {
  if (isProviderErrorCode(code)) return PROVIDER_ERRORS[code].status;
  return code === 'internal_error' ? 500 : 503;
}

function isProviderErrorCode(code: ErrorCode): code is ProviderErrorCode {
  return Object.hasOwn(PROVIDER_ERRORS, code);
}
