/** What a credential allows. */
export const SCOPES = ['chat', 'read', 'usage', 'admin'] as const;

/**
 * `chat`: read and write one's own resources. `read`: read one's own resources. `usage`: the usage of all users of the
 * tenant. `admin`: everything in the tenant, and its keys and audit entries.
 */
export type Scope = (typeof SCOPES)[number];

/** What a principal presented. It can be revoked, or expire, while requests that came with it are still open. */
export interface Credential {
  readonly kind: 'key' | 'jwt' | 'oidc' | 'session' | 'share';
  /** Unique among those of its kind. Not a secret. */
  readonly id: string;
  /** Null: it does not expire. */
  readonly expiresAt: Date | null;
}

/** What a share opens: one chat or workspace, and nothing else. */
export interface Shared {
  readonly resource: 'chat' | 'workspace';
  readonly resourceId: string;
  /** Its owner, as `ownerIdOf` makes it. */
  readonly ownerId: string;
  /** `write`: the text of a workspace may be changed. */
  readonly access: 'read' | 'write';
  /** What was there before is not shown, not even to those who need to know what has changed since. */
  readonly createdAt: Date;
}

/** The authenticated caller of a request or a socket (AUTH-2). */
export interface Principal {
  /** 1 to 256 characters, unique in the tenant. */
  readonly userId: string;
  /** As in TENANT. A user of one tenant sees nothing of another one. */
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  /** The id of the API key; null for other credentials. */
  readonly keyId: string | null;
  /** When the API key expires that it came with, or that its session was made with. Absent or null: never, or none. */
  readonly keyExpiresAt?: Date | null;
  /** The name shown to others who edit the same document. Default: the user's id. */
  readonly name?: string;
  /** The models that may be asked. Absent or null: all. */
  readonly models?: readonly string[] | null;
  /** Only of those who have come with a share. They own nothing, and have no scopes. */
  readonly share?: Shared;
  /** Absent: open streams and sockets are not closed before the client leaves. */
  readonly credential?: Credential;
}

/** Ids of tenants. No slash, so that the id of an owner is unambiguous. */
export const TENANT = /^[\w.-]{1,64}$/;

/** The tenant of keys that the command line makes, and of `local`. */
export const DEFAULT_TENANT = 'default';

/** Everybody, on a server without authentication (AUTH-1). Recognized by identity: nothing is looked up for it. */
export const LOCAL: Principal = Object.freeze({
  userId: 'local',
  tenantId: DEFAULT_TENANT,
  scopes: SCOPES,
  keyId: null,
});

/** The caller of a public route. */
export const ANONYMOUS: Principal = Object.freeze({
  userId: 'anonymous',
  tenantId: DEFAULT_TENANT,
  scopes: [],
  keyId: null,
});

/** The owner of resources, as it is stored with them: `{tenantId}/{userId}`. */
export function ownerIdOf({ tenantId, userId }: Pick<Principal, 'tenantId' | 'userId'>): string {
  return `${tenantId}/${userId}`;
}

export function hasScope({ scopes }: Principal, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}

/** Whether the credential allows this model. */
export function mayAsk({ models }: Principal, model: string): boolean {
  return !models || models.includes(model);
}

/** Ids of owners from `from` on and before `before`, in the order of their bytes. */
export interface OwnerRange {
  readonly from: string;
  readonly before: string;
}

/** The owners whose usage a principal may see: itself, or its whole tenant. Null: all. */
export function ownersInUsage(principal: Principal): OwnerRange | null {
  if (principal === LOCAL) return null;
  // '0' is the character after '/'.
  if (hasScope(principal, 'usage')) {
    return { from: `${principal.tenantId}/`, before: `${principal.tenantId}0` };
  }
  const own = ownerIdOf(principal);
  return { from: own, before: `${own}\0` };
}

/** Whether a resource exists for this principal: it is its own, or one of the tenant that it administers. */
export function reaches(principal: Principal, ownerId: string): boolean {
  if (ownerId === ownerIdOf(principal)) return true;
  return principal.scopes.includes('admin') && ownerId.startsWith(`${principal.tenantId}/`);
}
