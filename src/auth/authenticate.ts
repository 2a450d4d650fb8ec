import type { IncomingMessage } from 'node:http';
import type { Principal } from './principal.ts';

/**
 * Finds out who sent a request, from its headers; the body is not read yet. Null: it has no valid credential. May throw
 * ServiceError, for example when keys cannot be fetched.
 */
export type Authenticate = (request: IncomingMessage) => Promise<Principal | null>;

/** One way to be authenticated by a secret in a header: keys, JWT. */
export interface CredentialMethod {
  /** Whether a secret has the form of this method's ones. */
  recognizes(secret: string): boolean;
  /** Null: it is not valid (any more). Throws ServiceError. */
  verify(secret: string): Promise<Principal | null>;
}
