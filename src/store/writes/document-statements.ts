import { insertInto, Statement } from './statement.ts';

// Statements that write ShareDB's documents; order.ts has their order.

export const insertOps = insertInto('SharedOp', [
  'collection',
  'documentId',
  'version',
  'op',
  'meta',
  'createdAt',
]);

export const putSnapshots = new Statement<{
  collection: string;
  documentId: string;
  version: number;
  type: string | null;
  data: string | null;
  meta: string | null;
}>(`INSERT OR REPLACE INTO "SharedSnapshot" ("collection", "documentId", "version", "type", "data", "meta")
VALUES (@collection, @documentId, @version, @type, @data, @meta)`);

/** All ops of a document before a version. */
export const removeOpsBefore = new Statement<{ collection: string; documentId: string; version: number }>(
  `DELETE FROM "SharedOp"
WHERE "collection" = @collection AND "documentId" = @documentId AND "version" < @version`,
);
