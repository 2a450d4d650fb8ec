import { type Computed, Query } from './query.ts';

/** A small file counts as what it takes on a disk. */
export const BYTES_OF_OWNER = new Query<{ bytes: Computed | null }>(
  `SELECT sum(max("bytes", 4096)) AS "bytes" FROM "File" WHERE "ownerId" = ?`,
);
