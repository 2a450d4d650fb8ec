import type { PrismaClient, SharedOp, SharedSnapshot } from './generated/client.ts';
import { DOCUMENT, KEPT, SIZES_BEFORE, SIZES_SINCE, WITH_OLD_OPS } from './reads/document-queries.ts';
import { reading, select } from './reads/query.ts';
import { insertOps, putSnapshots, removeOpsBefore } from './writes/document-statements.ts';
import type { GroupCommit } from './writes/group-commit.ts';
import { removeOldestOps, removeOldOps } from './writes/single-statements.ts';
import { toColumn } from './writes/statement.ts';

interface Key {
  readonly collection: string;
  readonly id: string;
}

type Snapshot = Pick<SharedSnapshot, 'version' | 'type' | 'data' | 'meta'>;
type Op = Pick<SharedOp, 'version' | 'op' | 'meta'>;

/** What one call of `ops` returns, about: bytes, and number of ops. Its callers let others run between two calls. */
const SLICE_BYTES = 256 * 1024;
const SLICE_OPS = 256;

/** Sizes that one call of `sizes` returns. */
const SIZES_AT_ONCE = 1_000;

/** Ops that one transaction removes: other writes wait for it. */
const REMOVED_AT_ONCE = 250;

/** The documents of ShareDB in SQLite, for the port DocumentStore of src/mirror: adapters do not import each other. */
export class SharedDocuments {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;

  constructor(reader: PrismaClient, commits: GroupCommit) {
    this.#reader = reader;
    this.#commits = commits;
  }

  async load({ collection, id }: Key): Promise<{ snapshot: Snapshot | null; ops: Op[]; kept: number }> {
    const rows = await select(this.#reader, DOCUMENT, collection, id, collection, id, collection, id);
    const [sum] = await select(this.#reader, KEPT, collection, id);
    const kept = Number(sum?.kept ?? 0);
    const [first] = rows;
    const ops = rows
      .filter(({ isOp }) => isOp)
      .map(({ version, text, meta }) => ({ version: Number(version), op: text ?? '', meta }));
    if (!first || first.isOp) return { snapshot: null, ops, kept };
    const { version, type, text: data, meta } = first;
    return { snapshot: { version: Number(version), type, data, meta }, ops, kept };
  }

  async ops({ collection, id }: Key, from: number, to: number | null): Promise<Op[]> {
    const sizes = await select(this.#reader, SIZES_SINCE, collection, id, from, SLICE_OPS);
    let bytes = 0;
    const last = sizes.find(({ size }) => {
      bytes += Number(size);
      return bytes >= SLICE_BYTES;
    });
    const end = Math.min(to ?? Number.POSITIVE_INFINITY, (last ?? sizes.at(-1))?.version ?? from);
    return await reading(
      this.#reader.sharedOp.findMany({
        where: {
          collection,
          documentId: id,
          version: { gte: from, lte: end, ...(to === null ? {} : { lt: to }) },
        },
        select: { version: true, op: true, meta: true },
        orderBy: { version: 'asc' },
      }),
    );
  }

  async sizes({ collection, id }: Key, before: number): Promise<Array<{ version: number; size: number }>> {
    const sizes = await select(this.#reader, SIZES_BEFORE, collection, id, before, SIZES_AT_ONCE);
    return sizes.map(({ version, size }) => ({ version, size: Number(size) }));
  }

  async forget({ collection, id }: Key, before: number): Promise<void> {
    const row = { collection, documentId: id, before, limit: REMOVED_AT_ONCE };
    for (let removed = REMOVED_AT_ONCE; removed === REMOVED_AT_ONCE; ) {
      removed = await this.#commits.run(removeOldestOps, row);
    }
    await this.#commits.scrub();
  }

  async oldest({ collection, id }: Key): Promise<number | null> {
    const op = await reading(
      this.#reader.sharedOp.findFirst({
        where: { collection, documentId: id },
        select: { version: true },
        orderBy: { version: 'asc' },
      }),
    );
    return op?.version ?? null;
  }

  append({ collection, id }: Key, op: Op, at: Date, snapshot: Snapshot | null): Promise<void> {
    const key = { collection, documentId: id };
    return this.#commits.write([
      insertOps.with([{ ...key, ...op, createdAt: toColumn(at) }]),
      putSnapshots.with(snapshot ? [{ ...key, ...snapshot }] : []),
    ]);
  }

  async compact({ collection, id }: Key, snapshot: Snapshot, forget: boolean): Promise<void> {
    const key = { collection, documentId: id };
    await this.#commits.write([
      putSnapshots.with([{ ...key, ...snapshot }]),
      removeOpsBefore.with(forget ? [{ ...key, version: snapshot.version }] : []),
    ]);
    if (forget) await this.#commits.scrub();
  }

  async expire(before: Date, signal?: AbortSignal): Promise<Key[]> {
    const row = { before: toColumn(before), limit: REMOVED_AT_ONCE };
    for (let removed = REMOVED_AT_ONCE; removed === REMOVED_AT_ONCE; ) {
      if (signal?.aborted) return [];
      removed = await this.#commits.run(removeOldOps, row);
    }
    // Documents whose old ops are still needed, because no snapshot is newer than they are.
    return await select(this.#reader, WITH_OLD_OPS, row.before);
  }
}
