import type { IncomingMessage } from 'node:http';
import type { Page } from '../../chat/store.ts';
import { ForbiddenError, NotFoundError } from '../../errors.ts';
import type { Audit } from '../audit.ts';
import { ownerIdOf, type Principal } from '../principal.ts';
import type { ApiKeys } from './api-keys.ts';
import { DEFAULT_SCOPES, type KeyRequest } from './key-request.ts';
import { createKeyText, hashOfKey } from './key-text.ts';
import { ownerOf } from './owner.ts';
import type { KeyStore, StoredKey } from './store.ts';

export interface NewKey {
  readonly stored: StoredKey;
  /** The key itself. It cannot be had again. */
  readonly text: string;
}

/**
 * Makes, lists and revokes the keys of the caller's tenant. Callers need the scope `admin`, which is checked before.
 */
export class KeyAdministration {
  /** `cache`: where revoked keys are forgotten at once; null where no keys are verified. */
  constructor(
    private readonly store: KeyStore,
    private readonly audit: Audit,
    private readonly cache: Pick<ApiKeys, 'forget'> | null,
  ) {}

  /**
   * A key allows no more than the credential that makes it: without `models` or `expiresAt` it has those of the caller.
   * `http`: the request that asks for it, if one does. Throws ForbiddenError for more, and StorageError.
   */
  async create(principal: Principal, request: KeyRequest, http?: IncomingMessage): Promise<NewKey> {
    const { name, userId, scopes } = request;
    const { id, text } = createKeyText();
    const stored: StoredKey = {
      id,
      ownerId: ownerIdOf({ tenantId: principal.tenantId, userId: userId ?? principal.userId }),
      name,
      hash: hashOfKey(text).toString('hex'),
      scopes: [...new Set(scopes ?? DEFAULT_SCOPES)],
      models: modelsFor(principal, request),
      createdAt: new Date(),
      expiresAt: expiryFor(principal, request),
      revokedAt: null,
    };
    await this.store.insert(stored);
    await this.audit.record(principal, 'key.created', 'key', id, http);
    return { stored, text };
  }

  /** See `KeyStore.list`. */
  list({ tenantId }: Principal, limit: number, cursor: string | null): Promise<Page<StoredKey>> {
    return this.store.list(tenantId, limit, cursor);
  }

  /**
   * Does nothing to a key that was revoked before. Throws NotFoundError, also for a key of another tenant, and
   * StorageError.
   */
  async revoke(principal: Principal, id: string, http?: IncomingMessage): Promise<void> {
    const key = await this.store.find(id);
    if (!key || ownerOf(key.ownerId).tenantId !== principal.tenantId) throw new NotFoundError(`Key ${id}`);
    const isRevokedNow = await this.store.revoke(id, new Date());
    this.cache?.forget(id);
    if (isRevokedNow) await this.audit.record(principal, 'key.revoked', 'key', id, http);
  }
}

function modelsFor({ models: own = null }: Principal, { models }: KeyRequest): readonly string[] | null {
  const other = own && models?.find((model) => !own.includes(model));
  if (other) throw ForbiddenError.key('models', `the credential does not allow "${other}" itself.`);
  return models ? [...new Set(models)] : own;
}

function expiryFor({ keyExpiresAt = null }: Principal, { expiresAt }: KeyRequest): Date | null {
  if (keyExpiresAt && expiresAt && expiresAt > keyExpiresAt) {
    const message = `must not be after ${keyExpiresAt.toISOString()}, when the key expires that makes it.`;
    throw ForbiddenError.key('expiresAt', message);
  }
  return expiresAt ?? keyExpiresAt;
}
