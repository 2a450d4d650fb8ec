interface Declaration {
  /** The HTTP status, when the error is met before a stream has begun. */
  readonly status: number;
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable: boolean;
}

/** Codes of HTTP errors and of `error` events. Each has one meaning on every route, and clients may rely on it. */
export const ERROR_CODES = {
  invalid_request: { status: 400, retryable: false },
  not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  payload_too_large: { status: 413, retryable: false },
  precondition_failed: { status: 412, retryable: false },
  range_not_satisfiable: { status: 416, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  /** The user's files are as many bytes as they may be together. */
  files_full: { status: 413, retryable: false },
  headers_too_large: { status: 431, retryable: false },
  request_timeout: { status: 408, retryable: true },
  unauthenticated: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  /** Too many wrong credentials from one address. */
  too_many_attempts: { status: 429, retryable: true },
  /** Who issues or checks credentials cannot be reached. */
  auth_unavailable: { status: 503, retryable: true },
  forbidden_origin: { status: 403, retryable: false },
  chat_busy: { status: 409, retryable: false },
  workspace_busy: { status: 409, retryable: false },
  undo_expired: { status: 409, retryable: false },
  workspace_full: { status: 409, retryable: true },
  already_undone: { status: 409, retryable: false },
  idempotency_key_reused: { status: 422, retryable: false },
  shutting_down: { status: 503, retryable: true },
  storage_failed: { status: 503, retryable: true },
  storage_full: { status: 503, retryable: true },
  overloaded: { status: 503, retryable: true },
  /** The user has as many live runs as one may have. */
  too_many_runs: { status: 429, retryable: true },
  internal_error: { status: 500, retryable: false },
  rate_limited: { status: 429, retryable: true },
  context_length_exceeded: { status: 400, retryable: false },
  content_filtered: { status: 400, retryable: false },
  provider_auth_failed: { status: 502, retryable: false },
  model_not_found: { status: 502, retryable: false },
  provider_unavailable: { status: 502, retryable: true },
  provider_protocol_error: { status: 502, retryable: true },
  first_token_timeout: { status: 504, retryable: true },
  idle_timeout: { status: 504, retryable: true },
  total_timeout: { status: 504, retryable: true },
  /** The server went away in the middle of an answer. */
  interrupted: { status: 503, retryable: true },
  /** Somebody stopped the run on purpose, so the client should not ask again by itself. */
  stopped: { status: 409, retryable: false },
} as const satisfies Record<string, Declaration>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One thing that is wrong with a request: where (`messages.0.role`), and what. */
export interface ErrorDetail {
  field: string;
  message: string;
}

/** The JSON of every HTTP error. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string; details?: readonly ErrorDetail[]; requestId?: string };
}
