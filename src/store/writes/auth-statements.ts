import { insertInto, Statement } from './statement.ts';

// Statements that write API keys, sessions, shares and audit entries; order.ts has their order. There is none that
// changes or removes an audit entry.

export const insertApiKeys = insertInto('ApiKey', [
  'id',
  'ownerId',
  'name',
  'hash',
  'scopes',
  'models',
  'createdAt',
  'expiresAt',
  'revokedAt',
]);

export const insertSessions = insertInto('Session', [
  'id',
  'ownerId',
  'name',
  'scopes',
  'models',
  'keyId',
  'createdAt',
  'lastSeenAt',
  'expiresAt',
]);

export const insertShares = insertInto('Share', [
  'id',
  'tokenHash',
  'resource',
  'resourceId',
  'access',
  'ownerId',
  'createdAt',
  'expiresAt',
  'revokedAt',
]);

/** Of a removed chat or workspace. */
export const removeShares = new Statement<{ resource: string; resourceId: string }>(
  `DELETE FROM "Share" WHERE "resource" = @resource AND "resourceId" = @resourceId`,
);

export const insertAuditEntries = insertInto('AuditEntry', [
  'at',
  'tenantId',
  'userId',
  'credentialKind',
  'credentialId',
  'action',
  'resource',
  'resourceId',
  'address',
]);
