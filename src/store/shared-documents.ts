import type SQLite from 'better-sqlite3';
import type { SharedOp, SharedSnapshot } from './generated/client.ts';
import type { GroupCommit } from './group-commit.ts';
import { insertOps, putSnapshots, removeOpsBefore } from './shared-statements.ts';
import { toColumn } from './statement.ts';
import { asStorageError } from './storage-errors.ts';

interface Key {
  readonly collection: string;
  readonly id: string;
}

type Snapshot = Pick<SharedSnapshot, 'version' | 'type' | 'data' | 'meta'>;
type Op = Pick<SharedOp, 'version' | 'op' | 'meta'>;

/** In one query, because it is what a run waits for in a new chat: the snapshot, if there is one, then the ops after it. */
const DOCUMENT = `SELECT 0 AS "isOp", "version", "type", "data" AS "text", "meta" FROM "SharedSnapshot"
WHERE "collection" = ? AND "documentId" = ?
UNION ALL
SELECT 1, "version", NULL, "op", "meta" FROM "SharedOp"
WHERE "collection" = ? AND "documentId" = ? AND "version" >= coalesce(
  (SELECT "version" FROM "SharedSnapshot" WHERE "collection" = ? AND "documentId" = ?), 0)
ORDER BY 1, 2`;

interface DocumentRow {
  isOp: number;
  version: number;
  type: string | null;
  text: string | null;
  meta: string | null;
}

const OPS = `SELECT "version", "op", "meta" FROM "SharedOp"
WHERE "collection" = ? AND "documentId" = ? AND "version" >= ? AND "version" < ? ORDER BY "version"`;

const OLDEST = `SELECT min("version") AS "version" FROM "SharedOp" WHERE "collection" = ? AND "documentId" = ?`;

/** Documents whose old ops cannot go yet, because no snapshot is newer than they are. */
const NEEDED = `SELECT DISTINCT "collection", "documentId" AS "id" FROM "SharedOp" WHERE "createdAt" < ? LIMIT 100`;

/** Ops that one transaction removes: others wait for it. */
const REMOVED_AT_ONCE = 5_000;

const EXPIRE = `DELETE FROM "SharedOp" WHERE rowid IN (
  SELECT "op".rowid FROM "SharedOp" AS "op" JOIN "SharedSnapshot" AS "snapshot"
    ON "snapshot"."collection" = "op"."collection" AND "snapshot"."documentId" = "op"."documentId"
  WHERE "op"."createdAt" < ? AND "op"."version" < "snapshot"."version" LIMIT ${REMOVED_AT_ONCE})`;

/**
 * Where src/mirror keeps ShareDB's documents, in the shape that it asks for: adapters do not know each other. Each run in
 * a new chat waits for a read here, so reads go past Prisma, through a connection that cannot write.
 */
export class SharedDocuments {
  readonly #document: SQLite.Statement<unknown[], DocumentRow>;
  readonly #ops: SQLite.Statement<unknown[], Op>;
  readonly #oldest: SQLite.Statement<unknown[], { version: number | null }>;
  readonly #needed: SQLite.Statement<unknown[], Key>;
  readonly #commits: GroupCommit;

  constructor(reader: SQLite.Database, commits: GroupCommit) {
    this.#document = reader.prepare(DOCUMENT);
    this.#ops = reader.prepare(OPS);
    this.#oldest = reader.prepare(OLDEST);
    this.#needed = reader.prepare(NEEDED);
    this.#commits = commits;
  }

  async load({ collection, id }: Key): Promise<{ snapshot: Snapshot | null; ops: Op[] }> {
    const rows = read(() => this.#document.all(collection, id, collection, id, collection, id));
    const [first] = rows;
    const ops = rows
      .filter(({ isOp }) => isOp)
      .map(({ version, text, meta }) => ({ version, op: text ?? '', meta }));
    if (!first || first.isOp) return { snapshot: null, ops };
    const { version, type, text: data, meta } = first;
    return { snapshot: { version, type, data, meta }, ops };
  }

  async ops({ collection, id }: Key, from: number, to: number | null): Promise<Op[]> {
    return read(() => this.#ops.all(collection, id, from, to ?? Number.MAX_SAFE_INTEGER));
  }

  async oldest({ collection, id }: Key): Promise<number | null> {
    return read(() => this.#oldest.get(collection, id))?.version ?? null;
  }

  append({ collection, id }: Key, op: Op, at: Date, snapshot: Snapshot | null): Promise<void> {
    const key = { collection, documentId: id };
    return this.#commits.write([
      insertOps.with([{ ...key, ...op, createdAt: toColumn(at) }]),
      putSnapshots.with(snapshot ? [{ ...key, ...snapshot }] : []),
    ]);
  }

  compact({ collection, id }: Key, snapshot: Snapshot, forget: boolean): Promise<void> {
    const key = { collection, documentId: id };
    return this.#commits.write([
      putSnapshots.with([{ ...key, ...snapshot }]),
      removeOpsBefore.with(forget ? [{ ...key, version: snapshot.version }] : []),
    ]);
  }

  async expire(before: Date): Promise<Key[]> {
    const moment = toColumn(before);
    for (let removed = REMOVED_AT_ONCE; removed === REMOVED_AT_ONCE; ) {
      removed = await this.#commits.exclusive((connection) => connection.prepare(EXPIRE).run(moment).changes);
    }
    return read(() => this.#needed.all(moment));
  }
}

function read<Rows>(query: () => Rows): Rows {
  try {
    return query();
  } catch (error) {
    throw asStorageError(error);
  }
}
