import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaClient } from '../generated/client.ts';

/** How long SQLite itself waits, blocking the process, for another program that writes to the file; ms. */
export const BUSY_TIMEOUT_MS = 250;

/** A connection that cannot write, and sees committed rows only. */
export function readerOf(file: string): PrismaClient {
  const adapter = new PrismaBetterSqlite3({ url: `file:${file}`, readonly: true, timeout: BUSY_TIMEOUT_MS });
  return new PrismaClient({ adapter, errorFormat: 'minimal' });
}
