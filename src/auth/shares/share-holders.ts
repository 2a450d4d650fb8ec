import type { IncomingMessage } from 'node:http';
import { UnauthenticatedError } from '../../errors.ts';
import type { AttemptLimit } from '../attempts/attempt-limit.ts';
import { RecentSecrets } from '../attempts/recent-secrets.ts';
import { ownerOf } from '../keys/owner.ts';
import type { Principal } from '../principal.ts';
import { hashOfShareToken } from './share-token.ts';
import type { ShareStore, StoredShare } from './store.ts';

/** Ids in one query. */
const IDS_AT_A_TIME = 500;

/** Those who come with the token of a share (AUTH-7). */
export class ShareHolders {
  readonly #recent = new RecentSecrets();

  constructor(
    private readonly store: Pick<ShareStore, 'findByHash' | 'valid'>,
    private readonly limit: AttemptLimit,
  ) {}

  /** Throws UnauthenticatedError, TooManyAttemptsError and StorageError. */
  async identify(request: IncomingMessage, token: string): Promise<Principal> {
    const tokenHash = hashOfShareToken(token);
    const isRecent = tokenHash !== null && this.#recent.has(tokenHash);
    const principal = await this.limit.check(request, isRecent, () => this.#verify(tokenHash));
    if (!principal) throw new UnauthenticatedError(true);
    return principal;
  }

  /** Those of these ids of shares that are revoked, expired or removed now. Throws StorageError. */
  async revoked(ids: readonly string[]): Promise<string[]> {
    const now = new Date();
    const valid = new Set<string>();
    for (let start = 0; start < ids.length; start += IDS_AT_A_TIME) {
      for (const id of await this.store.valid(ids.slice(start, start + IDS_AT_A_TIME), now)) valid.add(id);
    }
    return ids.filter((id) => !valid.has(id));
  }

  async #verify(tokenHash: string | null): Promise<Principal | null> {
    if (tokenHash === null) return null;
    const share = await this.store.findByHash(tokenHash);
    if (!share || !isValid(share)) {
      this.#recent.delete(tokenHash);
      return null;
    }
    this.#recent.add(tokenHash);
    return principalOf(share);
  }
}

function isValid({ revokedAt, expiresAt }: StoredShare): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt.getTime() > Date.now());
}

function principalOf(stored: StoredShare): Principal {
  const { id, resource, resourceId, ownerId, access, createdAt, expiresAt } = stored;
  return {
    userId: `share:${id}`,
    tenantId: ownerOf(ownerId).tenantId,
    scopes: [],
    keyId: null,
    name: 'guest',
    share: { resource, resourceId, ownerId, access, createdAt },
    credential: { kind: 'share', id, expiresAt },
  };
}
