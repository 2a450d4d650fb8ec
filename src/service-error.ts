import { ERROR_CODES, type ErrorBody, type ErrorCode, type ErrorDetail } from './wire/error-codes.ts';

export type { ErrorBody, ErrorCode, ErrorDetail };

export interface ErrorOptions {
  cause?: unknown;
  details?: readonly ErrorDetail[];
  /** Extra response headers, in lower case. */
  headers?: Readonly<Record<string, string>>;
  /** Whether the same request may succeed later, unchanged. Default: what src/wire/error-codes.ts says of the code. */
  retryable?: boolean;
}

/** Everything that goes wrong here is one of these; `from` makes one of whatever else was thrown. */
export class ServiceError extends Error {
  /** The HTTP status, when the error is met before a stream has begun. */
  readonly status: number;
  readonly retryable: boolean;
  readonly details: readonly ErrorDetail[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.status = ERROR_CODES[code].status;
    this.retryable = options.retryable ?? ERROR_CODES[code].retryable;
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

export class InternalError extends ServiceError {
  constructor(cause: unknown) {
    super('internal_error', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
