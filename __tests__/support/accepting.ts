import type { Authenticate } from '../../src/auth/authenticate.ts';

/** Accepts these credentials: users with the scope `chat`, by the text that they send. */
export function accepting(users: ReadonlyMap<string, string>): Authenticate {
  return async ({ headers }) => {
    const userId = users.get(headers.authorization?.replace(/^Bearer /, '') ?? '');
    return userId === undefined ? null : { userId, tenantId: 'default', scopes: ['chat'], keyId: null };
  };
}
