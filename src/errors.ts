import { type ErrorOptions, ServiceError } from './service-error.ts';

export * from './auth-error.ts';
export * from './provider-error.ts';
export {
  type ErrorBody,
  type ErrorCode,
  type ErrorDetail,
  InternalError,
  ServiceError,
} from './service-error.ts';

export class InvalidRequestError extends ServiceError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('invalid_request', message, options);
  }

  /** For a single wrong field: `model: "x" is not in the catalogue`. */
  static field(field: string, message: string): InvalidRequestError {
    return new InvalidRequestError(`${field}: ${message}`, { details: [{ field, message }] });
  }
}

export class ContextLengthExceededError extends ServiceError {
  constructor(needed: number, allowed: number) {
    const message = `The system prompt and the new message need about ${needed} tokens; the context length allows ${allowed}.`;
    super('context_length_exceeded', message, { details: [{ field: 'messages', message }] });
  }
}

export class NotFoundError extends ServiceError {
  constructor(what: string) {
    super('not_found', `${what} does not exist.`);
  }
}

export class MethodNotAllowedError extends ServiceError {
  constructor(method: string, allowed: readonly string[]) {
    super('method_not_allowed', `${method} is not possible here; use ${allowed.join(' or ')}.`, {
      headers: { allow: allowed.join(', ') },
    });
  }
}

export class PayloadTooLargeError extends ServiceError {
  constructor(message: string) {
    super('payload_too_large', message);
  }
}

/** No byte of a file is in the ranges that the client asks for. `bytes`: its length. */
export class UnsatisfiableRangeError extends ServiceError {
  constructor(bytes: number) {
    super('range_not_satisfiable', `Range: the file has ${bytes} bytes.`, {
      headers: { 'content-range': `bytes */${bytes}` },
    });
  }
}

/** `If-Match` or `If-Unmodified-Since` of a request is not so. */
export class PreconditionFailedError extends ServiceError {
  constructor() {
    super('precondition_failed', 'The file is not the one that the request is about.');
  }
}

/** An uploaded file is none of those that are accepted. */
export class UnsupportedMediaError extends ServiceError {
  /** `reason`: `is HTML, XML or SVG`. */
  constructor(reason: string, options: ErrorOptions = {}) {
    const message = `${reason}; accepted are PNG, JPEG, WebP, GIF, PDF, WAV, MP3 and UTF-8 text`;
    super('unsupported_media_type', `file: ${message}`, {
      ...options,
      details: [{ field: 'file', message }],
    });
  }
}

export class FilesFullError extends ServiceError {
  constructor(limit: number) {
    super('files_full', `Your files may have ${limit} bytes together; delete some of them.`);
  }
}

/** As many files are being uploaded as may be at a time. Nothing was stored. */
export class TooManyUploadsError extends ServiceError {
  constructor() {
    super('overloaded', 'Too many files are being uploaded at once; wait for some of them.', {
      headers: { 'retry-after': '5' },
    });
  }
}

/** A failure of the file system, as that of the database it would be. Other errors are returned as they are. */
export function asFileError(error: unknown): unknown {
  const isSystemError = typeof error === 'object' && error !== null && 'syscall' in error;
  return isSystemError ? new StorageError(error) : error;
}

/** The address of a request and its headers together. */
export class HeadersTooLargeError extends ServiceError {
  constructor(limit: number) {
    const message = `The address and the headers of a request must be at most ${limit} bytes together.`;
    super('headers_too_large', message);
  }
}

/** The request did not arrive as a whole in time. */
export class RequestTimeoutError extends ServiceError {
  constructor() {
    super('request_timeout', 'The request took too long to arrive.');
  }
}

export class ForbiddenOriginError extends ServiceError {
  constructor(message: string) {
    super('forbidden_origin', message);
  }
}

/** A second POST while a run streams. OpenAI's clients would retry a 409 by themselves; the header stops them. */
export class ChatBusyError extends ServiceError {
  constructor(chatId: string, runId: string) {
    super('chat_busy', `Chat ${chatId} is answering already (run ${runId}); stop it or wait.`, {
      headers: { 'x-should-retry': 'false', 'x-run-id': runId },
    });
  }
}

/** One edit of a workspace at a time; undoing is one, too. */
export class WorkspaceBusyError extends ServiceError {
  constructor(workspaceId: string, runId: string) {
    super('workspace_busy', `Workspace ${workspaceId} is being edited (run ${runId}); stop it or wait.`, {
      headers: { 'x-should-retry': 'false', 'x-run-id': runId },
    });
  }
}

export class UndoExpiredError extends ServiceError {
  constructor(runId: string) {
    super('undo_expired', `What edit ${runId} did is not kept any more, so it cannot be undone.`);
  }
}

export class WorkspaceFullError extends ServiceError {
  constructor(id: string, options?: { cause?: unknown }) {
    const message = `With what would come back, workspace ${id} would be longer than workspaces.total_chars allows.`;
    super('workspace_full', message, options);
  }
}

export class AlreadyUndoneError extends ServiceError {
  constructor(runId: string) {
    super('already_undone', `Edit ${runId} has been taken back already.`);
  }
}

export class IdempotencyKeyReusedError extends ServiceError {
  constructor() {
    super('idempotency_key_reused', 'This Idempotency-Key was used with another body.', {
      details: [{ field: 'Idempotency-Key', message: 'was used with another body' }],
    });
  }
}

export class ShuttingDownError extends ServiceError {
  constructor() {
    super('shutting_down', 'The server is shutting down; try again in a moment.', {
      headers: { 'retry-after': '5' },
    });
  }
}

/** The database did not take it (disk full, I/O error). Nothing of the request was stored. */
export class StorageError extends ServiceError {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super('storage_failed', `The database could not store this: ${reason}`, { cause });
  }
}

/** The database has reached `limits.database_bytes`: new text is refused, reading and deleting go on (LIMIT-1). */
export class StorageFullError extends ServiceError {
  constructor(options: ErrorOptions = {}) {
    const message = 'The database is as large as it may be; delete chats or raise limits.database_bytes.';
    super('storage_full', message, {
      ...options,
      headers: { 'retry-after': '60', ...options.headers },
    });
  }
}

/** The user has as many live runs as `limits.live_runs_per_user` allows (LIMIT-1). Nothing was stored or sent. */
export class TooManyRunsError extends ServiceError {
  constructor(liveRuns: number) {
    const message = `You have ${liveRuns} answers under way, as many as you may; wait for one of them, or stop it.`;
    super('too_many_runs', message, { headers: { 'retry-after': '5' } });
  }
}

/** As many answers are under way as this server takes on (LIMIT-1). Nothing of the request was stored or sent. */
export class OverloadedError extends ServiceError {
  constructor(liveRuns: number) {
    const message = `The server is generating ${liveRuns} answers, as many as it may; try again in a moment.`;
    super('overloaded', message, { headers: { 'retry-after': '5' } });
  }
}
