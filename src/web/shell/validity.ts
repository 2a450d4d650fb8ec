import { moment } from './short-date.ts';

/** What can expire, and be revoked. */
export interface Limited {
  /** Null: it does not expire. */
  expiresAt: string | null;
  /** Null: it was not revoked. */
  revokedAt: string | null;
}

/** Whether it can be used now. */
export function isValid({ expiresAt, revokedAt }: Limited): boolean {
  return revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > Date.now());
}

/** For how long it can be used, or since when it cannot, in words. */
export function validity({ expiresAt, revokedAt }: Limited): string {
  if (revokedAt !== null) return `revoked ${moment(revokedAt)}`;
  if (expiresAt === null) return 'valid until it is revoked';
  return `${isValid({ expiresAt, revokedAt }) ? 'expires' : 'expired'} ${moment(expiresAt)}`;
}
