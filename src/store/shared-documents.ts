import type { PrismaClient, SharedOp, SharedSnapshot } from './generated/client.ts';
import type { GroupCommit } from './group-commit.ts';
import { insertOps, putSnapshots, removeOpsBefore } from './shared-statements.ts';
import { toColumn } from './statement.ts';
import { reading } from './storage-errors.ts';

interface Key {
  readonly collection: string;
  readonly id: string;
}

type Snapshot = Pick<SharedSnapshot, 'version' | 'type' | 'data' | 'meta'>;
type Op = Pick<SharedOp, 'version' | 'op' | 'meta'>;

const SNAPSHOT = `SELECT "version", "type", "data", "meta" FROM "SharedSnapshot"
WHERE "collection" = ? AND "documentId" = ?`;

const OPS = `SELECT "version", "op", "meta" FROM "SharedOp"
WHERE "collection" = ? AND "documentId" = ? AND "version" >= ? AND "version" < ? ORDER BY "version"`;

/** Documents whose old ops cannot go yet, because no snapshot is newer than they are. */
const NEEDED = `SELECT DISTINCT "collection", "documentId" AS "id" FROM "SharedOp" WHERE "createdAt" < ? LIMIT 100`;

/** Ops that one transaction removes: others wait for it. */
const REMOVED_AT_ONCE = 5_000;

const EXPIRED = `SELECT "op".rowid AS "row" FROM "SharedOp" AS "op" JOIN "SharedSnapshot" AS "snapshot"
  ON "snapshot"."collection" = "op"."collection" AND "snapshot"."documentId" = "op"."documentId"
WHERE "op"."createdAt" < ? AND "op"."version" < "snapshot"."version" LIMIT ${REMOVED_AT_ONCE}`;

/** Where src/mirror keeps ShareDB's documents, in the shape that it asks for: adapters do not know each other. */
export class PrismaDocumentStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;

  constructor(reader: PrismaClient, commits: GroupCommit) {
    this.#reader = reader;
    this.#commits = commits;
  }

  async load({ collection, id }: Key): Promise<{ snapshot: Snapshot | null; ops: Op[] }> {
    const [snapshot] = await this.#query<Snapshot>(SNAPSHOT, collection, id);
    const ops = await this.ops({ collection, id }, snapshot?.version ?? 0, null);
    return { snapshot: snapshot ?? null, ops };
  }

  ops({ collection, id }: Key, from: number, to: number | null): Promise<Op[]> {
    return this.#query<Op>(OPS, collection, id, from, to ?? Number.MAX_SAFE_INTEGER);
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
      removed = await this.#commits.exclusive(
        (connection) =>
          connection.prepare(`DELETE FROM "SharedOp" WHERE rowid IN (${EXPIRED})`).run(moment).changes,
      );
    }
    return this.#query<Key>(NEEDED, moment);
  }

  #query<Row>(sql: string, ...values: unknown[]): Promise<Row[]> {
    return reading(this.#reader.$queryRawUnsafe<Row[]>(sql, ...values));
  }
}
