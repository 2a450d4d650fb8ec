import type { Principal } from '../principal.ts';

/** The inverse of `ownerIdOf`. Ids of tenants have no slash; those of users may. */
export function ownerOf(ownerId: string): Pick<Principal, 'tenantId' | 'userId'> {
  const slash = ownerId.indexOf('/');
  return { tenantId: ownerId.slice(0, slash), userId: ownerId.slice(slash + 1) };
}
