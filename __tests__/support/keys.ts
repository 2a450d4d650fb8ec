import { pino } from 'pino';
import { Audit } from '../../src/auth/audit.ts';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { KeyAdministration } from '../../src/auth/keys/key-administration.ts';
import type { KeyRequest } from '../../src/auth/keys/key-request.ts';
import { LOCAL } from '../../src/auth/principal.ts';
import { openKeyDatabase } from '../../src/store/key-database.ts';

/** Works on the API keys of a database while a server uses it, as the command line does. */
async function withKeys<Result>(
  databaseFile: string,
  work: (keys: KeyAdministration) => Promise<Result>,
): Promise<Result> {
  await using database = await openKeyDatabase(`file:${databaseFile}`);
  const audit = new Audit(database.audit, new ClientAddresses([]), pino({ level: 'silent' }));
  return await work(new KeyAdministration(database.keys, audit, null));
}

export async function createKey(
  databaseFile: string,
  request: Partial<KeyRequest> = {},
): Promise<{ id: string; text: string }> {
  const key = await withKeys(databaseFile, (keys) => keys.create(LOCAL, { name: 'test', ...request }));
  return { id: key.stored.id, text: key.text };
}

export function revokeKey(databaseFile: string, id: string): Promise<void> {
  return withKeys(databaseFile, (keys) => keys.revoke(LOCAL, id));
}
