import type { IncomingMessage } from 'node:http';
import { ForbiddenError, NotFoundError } from '../errors.ts';
import type { AdminAccess } from './admin-access.ts';
import { hasScope, LOCAL, ownerIdOf, type Principal, reaches, type Scope, type Shared } from './principal.ts';

export type Action = 'list' | 'read' | 'write';

/** Resources that belong to somebody. */
export type OwnedResource = 'chat' | 'run' | 'workspace' | 'file';

/** What a route or a ShareDB action needs its caller to be allowed to do. */
export interface Permission {
  readonly action: Action;
  readonly resource: OwnedResource | 'model' | 'usage' | 'key' | 'audit';
}

/** Who asks for something. `request`: of what is audited; absent where it did not come over HTTP. */
export interface Asking {
  readonly principal: Principal;
  readonly request?: IncomingMessage | undefined;
}

/** Who owns what. */
export interface Owners {
  /** The owner's id, as `ownerIdOf` makes it; null when there is no such resource. Throws StorageError. */
  ownerOf(resource: OwnedResource, id: string): Promise<string | null>;
}

const NOUNS: Readonly<Record<OwnedResource, string>> = {
  chat: 'Chat',
  run: 'Run',
  workspace: 'Workspace',
  file: 'File',
};

/**
 * Answers the one question: may this principal do this to that? Asked by the router for every route, and by ShareDB for
 * every action. What belongs to somebody else does not exist (AUTH-6).
 */
export class Access {
  constructor(
    private readonly owners: Owners,
    private readonly adminAccess: Pick<AdminAccess, 'record'>,
  ) {}

  /**
   * `id`: of the resource, where a request names one in its path. Throws ForbiddenError when the credential lacks a
   * scope, and NotFoundError for what does not exist or belongs to somebody else.
   */
  async require(asking: Asking, permission: Permission, id: string | undefined): Promise<void> {
    const scopes = scopesFor(permission);
    if (!scopes.some((scope) => hasScope(asking.principal, scope))) throw ForbiddenError.scope(scopes[0]);
    const { resource } = permission;
    if (id === undefined || !isOwned(resource) || asking.principal === LOCAL) return;
    const ownerId = await this.owners.ownerOf(resource, id);
    await this.reached(asking, resource, id, ownerId === null ? null : { ownerId });
  }

  /**
   * The second half of `require` for what a request names elsewhere, in its body or a header. `found`: what is there by
   * that id; null: nothing. Returns it. Throws NotFoundError as `require` does.
   */
  async reached<Found extends { readonly ownerId: string }>(
    asking: Asking,
    resource: OwnedResource,
    id: string,
    found: Found | null | undefined,
  ): Promise<Found> {
    if (found && (await this.#isReached(asking, resource, id, found.ownerId))) return found;
    throw new NotFoundError(`${NOUNS[resource]} ${id}`);
  }

  /** The same as an answer. */
  async allows(principal: Principal, action: Action, resource: OwnedResource, id: string): Promise<boolean> {
    if (principal === LOCAL) return true;
    if (principal.share) return this.#isShared(principal.share, action, resource, id);
    const isPermitted = scopesFor({ action, resource }).some((scope) => hasScope(principal, scope));
    const ownerId = isPermitted ? await this.owners.ownerOf(resource, id) : null;
    return ownerId !== null && this.#isReached({ principal }, resource, id, ownerId);
  }

  /**
   * Those who come with a share have no scopes, so `require` lets them use no route. What a share is of is a live
   * document, which they may read, and change if it is a workspace that is shared with `write`.
   */
  async #isShared(share: Shared, action: Action, resource: OwnedResource, id: string): Promise<boolean> {
    if (share.resource !== resource || share.resourceId !== id) return false;
    const isPermitted = action === 'read' || (action === 'write' && share.access === 'write');
    // Another chat may have got the id after this one was deleted.
    return isPermitted && (await this.owners.ownerOf(resource, id)) === share.ownerId;
  }

  /** Whether it exists for whoever asks. What an administrator does to resources of others is audited (AUTH-12). */
  async #isReached(
    { principal, request }: Asking,
    resource: OwnedResource,
    id: string,
    ownerId: string,
  ): Promise<boolean> {
    if (principal === LOCAL) return true;
    if (!reaches(principal, ownerId)) return false;
    if (ownerId !== ownerIdOf(principal)) await this.adminAccess.record(principal, resource, id, request);
    return true;
  }
}

/** Any of these is enough. The first one is the least, which the error names. */
function scopesFor({ action, resource }: Permission): readonly [Scope, ...Scope[]] {
  if (resource === 'key' || resource === 'audit') return ['admin'];
  if (resource === 'usage') return ['read', 'chat', 'usage'];
  return action === 'write' ? ['chat'] : ['read', 'chat'];
}

function isOwned(resource: Permission['resource']): resource is OwnedResource {
  return Object.hasOwn(NOUNS, resource);
}
