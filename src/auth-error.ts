import { ServiceError } from './service-error.ts';

/** The scheme by which clients may authenticate (RFC 6750), named in every 401. */
const CHALLENGE = 'Bearer realm="llm-streaming-service"';

/** No credential, or none that is valid. `presented`: whether there was one. */
export class UnauthenticatedError extends ServiceError {
  constructor(presented: boolean) {
    const message = presented
      ? 'The credential is not valid: it is unknown, revoked or expired.'
      : 'This needs a credential: send a key (`make key NAME=me` makes one) or a token as "Authorization: Bearer …".';
    super('unauthenticated', message, {
      headers: { 'www-authenticate': presented ? `${CHALLENGE}, error="invalid_token"` : CHALLENGE },
    });
  }
}

/** The credential is valid, but does not allow this. */
export class ForbiddenError extends ServiceError {
  static scope(scope: string): ForbiddenError {
    return new ForbiddenError(`This needs the scope "${scope}", which the credential does not have.`);
  }

  static model(model: string): ForbiddenError {
    return new ForbiddenError(`The credential does not allow the model "${model}".`);
  }

  /** A key that is asked for would allow more than the credential that asks for it. */
  static key(field: string, message: string): ForbiddenError {
    return new ForbiddenError(`${field}: ${message}`);
  }

  private constructor(message: string) {
    super('forbidden', message);
  }
}

/** `retryAfterMs`: when the next credential from this address is looked at. */
export class TooManyAttemptsError extends ServiceError {
  constructor(retryAfterMs: number) {
    super('too_many_attempts', 'Too many credentials from this address were wrong; try again later.', {
      headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) },
    });
  }
}

/** A credential cannot be checked now: the keys of its issuer are not to be had. */
export class AuthUnavailableError extends ServiceError {
  constructor(message: string, cause: unknown) {
    super('auth_unavailable', message, { cause, headers: { 'retry-after': '30' } });
  }
}
