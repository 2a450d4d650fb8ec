import { pino } from 'pino';
import { Audit } from '../../src/auth/audit.ts';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { KeyAdministration } from '../../src/auth/keys/key-administration.ts';
import type { KeyRequest } from '../../src/auth/keys/key-request.ts';
import { LOCAL } from '../../src/auth/principal.ts';
import { openKeyDatabase } from '../../src/store/key-database.ts';

/** Makes a key in the database of a server, beside it, as the command line does. Returns the key. */
export async function makeKey(databaseFile: string, request: Partial<KeyRequest> = {}): Promise<string> {
  await using database = await openKeyDatabase(`file:${databaseFile}`);
  const audit = new Audit(database.audit, new ClientAddresses([]), pino({ level: 'silent' }));
  const administration = new KeyAdministration(database.keys, audit, null);
  return (await administration.create(LOCAL, { name: 'test', ...request })).text;
}
