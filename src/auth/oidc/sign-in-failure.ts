import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { ServiceError, TooManyAttemptsError } from '../../errors.ts';

/**
 * Why a sign-in failed, for the page, which has a sentence for each. `expired`: it took too long, was finished before,
 * or began in another browser. `denied`: the user, or the provider, did not want it. `refused`: the provider's reply
 * cannot be accepted. `unavailable`: the provider cannot be used now. `too-many`: so many failed from this address.
 * `failed`: this server could not do it.
 */
export type FailureReason = 'expired' | 'denied' | 'refused' | 'unavailable' | 'too-many' | 'failed';

/** A sign-in at an identity provider that failed. */
export class SignInFailure extends Error {
  override readonly name = 'SignInFailure';

  /** `detail`: a code for the log, without anything of a user or a credential. */
  constructor(
    readonly reason: FailureReason,
    readonly detail: string,
    readonly retryAfterS: number | null = null,
  ) {
    super(`sign-in: ${reason} (${detail})`);
  }

  /** Of whatever was thrown. */
  static from(error: unknown): SignInFailure {
    if (error instanceof SignInFailure) return error;
    if (error instanceof TooManyAttemptsError)
      return new SignInFailure('too-many', error.code, Number(error.headers['retry-after']));
    if (error instanceof ServiceError)
      return new SignInFailure(error.code === 'auth_unavailable' ? 'unavailable' : 'failed', error.code);
    if (error instanceof AuthorizationResponseError)
      return new SignInFailure(AUTHORIZATION_ERRORS[error.error] ?? 'refused', named(error.error));
    if (error instanceof ResponseBodyError) {
      const reason = error.error === 'invalid_grant' ? 'expired' : 'refused';
      return new SignInFailure(error.status >= 500 ? 'unavailable' : reason, named(error.error));
    }
    if (error instanceof ClientError) {
      const detail = named(error.code);
      return new SignInFailure(UNUSABLE_REPLIES.has(detail) ? 'unavailable' : 'refused', detail);
    }
    // What `boundedFetch` throws. The library's other errors of this class are about the query of the request.
    if (error instanceof TypeError && !('code' in error)) return new SignInFailure('unavailable', 'network');
    return new SignInFailure('refused', error instanceof Error ? error.name : typeof error);
  }
}

/** Errors that a provider sends the browser back with (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6). */
const AUTHORIZATION_ERRORS: Readonly<Record<string, FailureReason>> = {
  access_denied: 'denied',
  login_required: 'denied',
  consent_required: 'denied',
  interaction_required: 'denied',
  account_selection_required: 'denied',
  server_error: 'unavailable',
  temporarily_unavailable: 'unavailable',
};

/** Codes of the library for replies that are not those of a provider: an error page of a proxy, a timeout. */
const UNUSABLE_REPLIES: ReadonlySet<string> = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_PARSE_ERROR',
]);

/** What comes from outside is logged only where it has the form of a code. */
function named(code: unknown): string {
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : 'unknown';
}
