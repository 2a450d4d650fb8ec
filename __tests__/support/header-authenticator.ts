import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { AttemptLimit } from '../../src/auth/attempts/attempt-limit.ts';
import type { Authenticate, CredentialMethod } from '../../src/auth/authenticate.ts';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { presentedSecret } from '../../src/auth/presented-secret.ts';
import { secretVerifier } from '../../src/auth/secret-verifier.ts';

/** Authenticates by the secret in a header only. */
export function headerAuthenticator(
  methods: readonly CredentialMethod[],
  logger: Logger,
  limit = new AttemptLimit(new ClientAddresses([]), logger),
): Authenticate {
  const verify = secretVerifier(methods, limit);
  return async (request) => {
    const secret = presentedSecret(request);
    return secret === null ? null : verify(secret, request);
  };
}

/** The raw headers of a request, from values by name. */
export function rawHeadersOf(
  headers: Readonly<Record<string, readonly string[]>>,
): IncomingMessage['rawHeaders'] {
  return Object.entries(headers).flatMap(([name, values]) => values.flatMap((value) => [name, value]));
}
