import type { FileStore, StoredFile } from '../files/stored-file.ts';
import type { PrismaClient } from './generated/client.ts';
import { BYTES_OF_OWNER } from './reads/file-queries.ts';
import { reading, select } from './reads/query.ts';
import { insertFiles } from './writes/file-statements.ts';
import type { GroupCommit } from './writes/group-commit.ts';
import { removeFile, touchFile } from './writes/single-statements.ts';
import type { SizeLimit } from './writes/size-limit.ts';
import { toColumn } from './writes/statement.ts';

/** Rows of files in SQLite. */
export class SqliteFileStore implements FileStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;
  readonly #sizeLimit: SizeLimit;

  constructor(reader: PrismaClient, commits: GroupCommit, sizeLimit: SizeLimit) {
    this.#reader = reader;
    this.#commits = commits;
    this.#sizeLimit = sizeLimit;
  }

  async insert({ uploadedAt, ...file }: StoredFile): Promise<void> {
    this.#sizeLimit.check();
    await this.#commits.write([insertFiles.with([{ ...file, uploadedAt: toColumn(uploadedAt) }])]);
  }

  find(id: string): Promise<StoredFile | null> {
    return reading(this.#reader.file.findUnique({ where: { id } }));
  }

  findSame(ownerId: string, place: string, name: string): Promise<StoredFile | null> {
    return reading(this.#reader.file.findFirst({ where: { place, name, ownerId } }));
  }

  async touch(id: string, uploadedAt: Date): Promise<void> {
    await this.#commits.run(touchFile, { id, uploadedAt: toColumn(uploadedAt) });
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#commits.run(removeFile, { id })) > 0;
  }

  async bytesOf(ownerId: string): Promise<number> {
    const [row] = await select(this.#reader, BYTES_OF_OWNER, ownerId);
    return Number(row?.bytes ?? 0);
  }

  async inUse(places: readonly string[]): Promise<Set<string>> {
    const rows = await reading(
      this.#reader.file.findMany({ where: { place: { in: [...places] } }, select: { place: true } }),
    );
    return new Set(rows.map(({ place }) => place));
  }

  unused(before: Date, limit: number): Promise<StoredFile[]> {
    return reading(
      this.#reader.file.findMany({
        where: { uploadedAt: { lt: before } },
        orderBy: { uploadedAt: 'asc' },
        take: limit,
      }),
    );
  }
}
