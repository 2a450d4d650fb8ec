/** For Prisma: the rows with one of these ids that are not revoked, and do not expire until `now`. */
export function validAmong(ids: readonly string[], now: Date) {
  return {
    id: { in: [...ids] },
    revokedAt: null,
    OR: [{ expiresAt: null }, { expiresAt: { gt: now } }],
  };
}
