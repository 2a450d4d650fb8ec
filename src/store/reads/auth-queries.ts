import type { ApiKey, AuditEntry, Share } from '../generated/client.ts';
import { Query } from './query.ts';

/** Keys after one (its owner, time and id), of owners before another, in the order of the index. */
export const KEYS_AFTER = new Query<ApiKey>(
  `SELECT "id", "ownerId", "name", "hash", "scopes", "models", "createdAt", "expiresAt", "revokedAt" FROM "ApiKey"
WHERE ("ownerId", "createdAt", "id") > (?, ?, ?) AND "ownerId" < ? ORDER BY "ownerId", "createdAt", "id" LIMIT ?`,
);

/** Shares of a chat or workspace after one (its time and id), the oldest first. */
export const SHARES_AFTER = new Query<Share>(
  `SELECT "id", "tokenHash", "resource", "resourceId", "access", "ownerId", "createdAt", "expiresAt", "revokedAt" FROM "Share"
WHERE "resource" = ? AND "resourceId" = ? AND ("createdAt", "id") > (?, ?) ORDER BY "createdAt", "id" LIMIT ?`,
);

/** Entries of a tenant before one, newest first. */
export const ENTRIES_BEFORE = new Query<AuditEntry>(
  `SELECT "id", "at", "tenantId", "userId", "credentialKind", "credentialId", "action", "resource", "resourceId", "address"
FROM "AuditEntry" WHERE "tenantId" = ? AND "id" < ? ORDER BY "id" DESC LIMIT ?`,
);
