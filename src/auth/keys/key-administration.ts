import type { IncomingMessage } from 'node:http';
import type { Page } from '../../chat/store.ts';
import { NotFoundError } from '../../errors.ts';
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

  /** `http`: the request that asks for it, if one does. Throws StorageError. */
  async create(principal: Principal, request: KeyRequest, http?: IncomingMessage): Promise<NewKey> {
    const { name, userId, scopes, models, expiresAt } = request;
    const { id, text } = createKeyText();
    const stored: StoredKey = {
      id,
      ownerId: ownerIdOf({ tenantId: principal.tenantId, userId: userId ?? principal.userId }),
      name,
      hash: hashOfKey(text).toString('hex'),
      scopes: [...new Set(scopes ?? DEFAULT_SCOPES)],
      models: models ? [...new Set(models)] : null,
      createdAt: new Date(),
      expiresAt: expiresAt ?? null,
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
