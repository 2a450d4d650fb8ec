import { parseArgs } from 'node:util';
import { Audit } from '../auth/audit.ts';
import { ClientAddresses } from '../auth/client-addresses.ts';
import { KeyAdministration } from '../auth/keys/key-administration.ts';
import type { KeyRequest } from '../auth/keys/key-request.ts';
import { ownerOf } from '../auth/keys/owner.ts';
import type { KeyStore, StoredKey } from '../auth/keys/store.ts';
import { LOCAL } from '../auth/principal.ts';
import { type Config, ConfigError, loadConfig } from '../config.ts';
import { NotFoundError, ServiceError } from '../errors.ts';
import { createLogger } from '../logger.ts';
import { openKeyDatabase } from '../store/key-database.ts';
import { DatabaseError } from '../store/opening/database-error.ts';
import { keyRequestOf, parsed } from './key-options.ts';
import { textTable } from './text-table.ts';
import { UsageError } from './usage-error.ts';

const PAGE = 500;

/**
 * `keys create | list | revoke`: API keys of the configured database, also while a server uses it. Results go to
 * stdout, all else to stderr. Returns the exit code: 0, 1 when it failed, 2 when the command is wrong.
 */
export async function keysCommand([command, ...words]: readonly string[]): Promise<number> {
  try {
    if (command === 'create') {
      const request = keyRequestOf(words);
      await withKeys((...keys) => create(request, ...keys));
    } else if (command === 'list') {
      parsed(() => parseArgs({ args: words, options: {} }));
      await withKeys((_, store) => list(store));
    } else if (command === 'revoke') {
      const { positionals } = parsed(() => parseArgs({ args: words, options: {}, allowPositionals: true }));
      const [id, ...others] = positionals;
      if (id === undefined || others.length > 0) throw new UsageError('keys revoke takes one ID');
      await withKeys((administration, store) => revoke(id, administration, store));
    } else throw new UsageError(command === undefined ? 'A command is missing' : `There is no ${command}`);
    return 0;
  } catch (error) {
    const isExpected =
      error instanceof UsageError ||
      error instanceof ConfigError ||
      error instanceof DatabaseError ||
      error instanceof ServiceError;
    console.error(isExpected ? error.message : error);
    return error instanceof UsageError ? 2 : 1;
  }
}

type Work = (administration: KeyAdministration, store: KeyStore, config: Config) => Promise<void>;

async function withKeys(work: Work): Promise<void> {
  const config = loadConfig();
  await using database = await openKeyDatabase(config.database.url);
  const audit = new Audit(database.audit, new ClientAddresses([]), createLogger(config, process.stderr));
  await work(new KeyAdministration(database.keys, audit, null), database.keys, config);
}

async function create(request: KeyRequest, administration: KeyAdministration, _: KeyStore, config: Config) {
  const { stored, text } = await administration.create(LOCAL, request);
  const { id, ownerId, scopes, expiresAt } = stored;
  const expiry = expiresAt ? `expires at ${expiresAt.toISOString()}` : 'does not expire';
  console.error(
    `Key ${id} of user ${ownerOf(ownerId).userId}, with scopes: ${scopes.join(', ')}. It ${expiry}.`,
  );
  console.error('It is shown only now:');
  console.log(text);
  if (!config.auth.methods.includes('keys'))
    console.error(
      'A server asks for keys only if it was started with AUTH_METHODS=keys, which is not set here.',
    );
}

async function list(store: KeyStore): Promise<void> {
  const rows: string[][] = [];
  let cursor: string | null = null;
  do {
    const { items, nextCursor } = await store.list(null, PAGE, cursor);
    rows.push(...items.map(rowOf));
    cursor = nextCursor;
  } while (cursor !== null);
  const width = process.stdout.isTTY ? 60 : Number.POSITIVE_INFINITY;
  console.log(
    textTable(['id', 'user', 'name', 'scopes', 'models', 'created', 'expires', 'state'], rows, width),
  );
}

function rowOf({ id, ownerId, name, scopes, models, createdAt, expiresAt, revokedAt }: StoredKey): string[] {
  const { tenantId, userId } = ownerOf(ownerId);
  const isExpired = expiresAt !== null && expiresAt.getTime() <= Date.now();
  return [
    id,
    tenantId === LOCAL.tenantId ? userId : ownerId,
    name,
    scopes.join(','),
    models?.join(',') ?? 'all',
    createdAt.toISOString(),
    expiresAt?.toISOString() ?? 'never',
    revokedAt ? 'revoked' : isExpired ? 'expired' : 'valid',
  ];
}

async function revoke(id: string, administration: KeyAdministration, store: KeyStore): Promise<void> {
  const key = await store.find(id);
  if (!key) throw new NotFoundError(`Key ${id}`);
  // Whoever may use the command line administers all tenants.
  await administration.revoke({ ...LOCAL, tenantId: ownerOf(key.ownerId).tenantId }, id);
  console.error(`Key ${id} is revoked; a running server refuses it within a second.`);
}
