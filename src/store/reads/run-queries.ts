import { type Computed, Query } from './query.ts';

/** Bytes of text that checkpoints stored, by run. Reads the whole table, but no text; for the start of the server. */
export const SEGMENT_SIZES = new Query<{ runId: string; bytes: Computed }>(
  `SELECT "runId", sum(octet_length("text")) AS "bytes" FROM "RunSegment" GROUP BY "runId"`,
);
