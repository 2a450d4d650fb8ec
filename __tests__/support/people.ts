import type { Authenticate } from '../../src/auth/authenticate.ts';
import type { Principal } from '../../src/auth/principal.ts';

/** A user with this scope, as an application would know one. */
function person(userId: string, tenantId: string, scope: Principal['scopes'][number]): Principal {
  return { userId, tenantId, scopes: [scope], keyId: null };
}

/** Those who may come in, by the secret that they send. */
const PEOPLE = {
  owner: person('alice', 'default', 'chat'),
  reader: person('alice', 'default', 'read'),
  other: person('bob', 'default', 'chat'),
  stranger: person('alice', 'acme', 'chat'),
  admin: person('root', 'default', 'admin'),
  foreignAdmin: person('root', 'acme', 'admin'),
} as const;

export type Person = keyof typeof PEOPLE;

export const authenticatePeople: Authenticate = async ({ headers }) => {
  const secret = headers.authorization?.replace('Bearer ', '') ?? '';
  return Object.hasOwn(PEOPLE, secret) ? PEOPLE[secret as Person] : null;
};

/** The headers by which a person is known; `anonymous` sends none. */
export function headersOf(person: Person | 'anonymous'): Record<string, string> {
  return person === 'anonymous' ? {} : { authorization: `Bearer ${person}` };
}
