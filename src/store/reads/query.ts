import type { PrismaClient } from '../generated/client.ts';
import { asStorageError } from '../storage-errors.ts';

/**
 * SQL that reads rows of this type; `?` are its parameters. Rows are read with Prisma's query builder where that is
 * enough; decision 53 says where it is not. All of this folder's queries are Queries, so that a test can ask SQLite for
 * the plan of each.
 */
export class Query<Row> {
  /** Only for the compiler. */
  declare readonly row: Row;

  constructor(readonly sql: string) {}
}

/** A number that SQL computes: Prisma returns it as a BigInt, because it has no column that declares its type. */
export type Computed = number | bigint;

/** Runs a query through Prisma, which returns dates as Date. Throws StorageError. */
export async function select<Row>(
  reader: PrismaClient,
  { sql }: Query<Row>,
  ...values: unknown[]
): Promise<Row[]> {
  return await reading(reader.$queryRawUnsafe<Row[]>(sql, ...values));
}

/** For Prisma's query builder: its errors become StorageErrors. */
export async function reading<Result>(query: PromiseLike<Result>): Promise<Result> {
  try {
    return await query;
  } catch (error) {
    throw asStorageError(error);
  }
}
