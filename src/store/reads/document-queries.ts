import { type Computed, Query } from './query.ts';

/** What an op takes in the database beside its text, about; bytes. */
const OP_OVERHEAD = 128;

/**
 * The snapshot, if there is one, then the ops after it: in one query, so that both are of the same moment. Parameters:
 * collection and id, three times.
 */
export const DOCUMENT = new Query<{
  isOp: Computed;
  version: Computed;
  type: string | null;
  text: string | null;
  meta: string | null;
}>(`SELECT 0 AS "isOp", "version", "type", "data" AS "text", "meta" FROM "SharedSnapshot"
WHERE "collection" = ? AND "documentId" = ?
UNION ALL
SELECT 1, "version", NULL, "op", "meta" FROM "SharedOp"
WHERE "collection" = ? AND "documentId" = ? AND "version" >= coalesce(
  (SELECT "version" FROM "SharedSnapshot" WHERE "collection" = ? AND "documentId" = ?), 0)
ORDER BY 1, 2`);

/** Bytes that all ops of a document take. SQLite knows sizes without reading the texts. */
export const KEPT = new Query<{ kept: Computed }>(
  `SELECT coalesce(sum(octet_length("op") + ${OP_OVERHEAD}), 0) AS "kept" FROM "SharedOp"
WHERE "collection" = ? AND "documentId" = ?`,
);

interface OpSize {
  version: number;
  size: Computed;
}

const SIZES = `SELECT "version", octet_length("op") + ${OP_OVERHEAD} AS "size" FROM "SharedOp"
WHERE "collection" = ? AND "documentId" = ?`;

/** Newest first. */
export const SIZES_BEFORE = new Query<OpSize>(`${SIZES} AND "version" < ? ORDER BY "version" DESC LIMIT ?`);

export const SIZES_SINCE = new Query<OpSize>(`${SIZES} AND "version" >= ? ORDER BY "version" LIMIT ?`);

/** Documents that have ops from before a moment. */
export const WITH_OLD_OPS = new Query<{ collection: string; id: string }>(
  `SELECT DISTINCT "collection", "documentId" AS "id" FROM "SharedOp" WHERE "createdAt" < ? LIMIT 100`,
);
