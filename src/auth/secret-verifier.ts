import type { IncomingMessage } from 'node:http';
import type { AttemptLimit } from './attempts/attempt-limit.ts';
import { hashOfSecret, RecentSecrets } from './attempts/recent-secrets.ts';
import type { CredentialMethod } from './authenticate.ts';
import type { Principal } from './principal.ts';

/** Whose secret it is that came with a request; null: it is wrong. Throws as `secretVerifier` says. */
export type VerifySecret = (secret: string, request: IncomingMessage) => Promise<Principal | null>;

/**
 * Verifies secrets. The first of `methods` that recognizes one decides. After 20 wrong secrets from one address within
 * a minute (AUTH-10) no other one from there is looked at until the minute is over, unless it was good within the last
 * minute. A wrong one writes nothing to the database. `limit`: shared with other ways to be authenticated.
 *
 * What it returns throws TooManyAttemptsError and what methods throw.
 */
export function secretVerifier(methods: readonly CredentialMethod[], limit: AttemptLimit): VerifySecret {
  const recent = new RecentSecrets();

  const verify = async (secret: string, hash: string): Promise<Principal | null> => {
    const principal = await methods.find((method) => method.recognizes(secret))?.verify(secret);
    if (principal) recent.add(hash);
    else recent.delete(hash);
    return principal ?? null;
  };

  return async (secret, request) => {
    const hash = hashOfSecret(secret);
    return limit.check(request, recent.has(hash), () => verify(secret, hash));
  };
}
