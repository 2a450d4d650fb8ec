import type { IncomingMessage } from 'node:http';
import type { Page } from '../../chat/store.ts';
import { NotFoundError } from '../../errors.ts';
import type { Owners } from '../access.ts';
import type { Audit } from '../audit.ts';
import type { Principal } from '../principal.ts';
import type { ShareRequest } from './share-request.ts';
import { createShareId, createShareToken, hashOfShareToken } from './share-token.ts';
import type { SharedResource, ShareStore, StoredShare } from './store.ts';

export interface NewShare {
  readonly stored: StoredShare;
  /** It cannot be had again. */
  readonly token: string;
}

/**
 * Makes, lists and revokes the shares of a chat or a workspace. Callers need to be allowed to write to it, which is
 * checked before.
 */
export class ShareAdministration {
  constructor(
    private readonly store: ShareStore,
    private readonly owners: Owners,
    private readonly audit: Audit,
  ) {}

  /** `http`: the request that asks for it. Throws NotFoundError when there is no such resource, and StorageError. */
  async create(
    principal: Principal,
    of: SharedResource,
    { access, expiresAt }: ShareRequest,
    http: IncomingMessage,
  ): Promise<NewShare> {
    const ownerId = await this.owners.ownerOf(of.resource, of.resourceId);
    if (ownerId === null) throw new NotFoundError(`The ${of.resource} ${of.resourceId}`);
    const token = createShareToken();
    const stored: StoredShare = {
      ...of,
      id: createShareId(),
      tokenHash: hashOfShareToken(token) ?? '',
      access,
      ownerId,
      createdAt: new Date(),
      expiresAt: expiresAt ?? null,
      revokedAt: null,
    };
    await this.store.insert(stored);
    await this.audit.record(principal, 'share.created', 'share', stored.id, http);
    return { stored, token };
  }

  /** See `ShareStore.list`. */
  list(of: SharedResource, limit: number, cursor: string | null): Promise<Page<StoredShare>> {
    return this.store.list(of, limit, cursor);
  }

  /**
   * Does nothing to a share that was revoked before. Throws NotFoundError, also for a share of another resource, and
   * StorageError.
   */
  async revoke(principal: Principal, of: SharedResource, id: string, http: IncomingMessage): Promise<void> {
    const share = await this.store.find(id);
    if (share?.resource !== of.resource || share.resourceId !== of.resourceId)
      throw new NotFoundError(`Share ${id}`);
    const isRevokedNow = await this.store.revoke(id, new Date());
    if (isRevokedNow) await this.audit.record(principal, 'share.revoked', 'share', id, http);
  }
}
