import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { type Database, openDatabase } from '../../src/store/database.ts';

export interface TemporaryFolder extends AsyncDisposable {
  path: string;
  /** `file:` URL of a database in it. */
  url: string;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'llm-store-'));
  return {
    path,
    url: `file:${join(path, 'chat.db')}`,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export interface TemporaryDatabase extends Database {
  /** Reads the file with a connection of its own, as an operator would. */
  query<Row>(sql: string, ...parameters: unknown[]): Row[];
}

/** A database of its own, removed when it is disposed of. */
export async function temporaryDatabase(): Promise<TemporaryDatabase> {
  const folder = await temporaryFolder();
  const database = await openDatabase(folder.url);
  return {
    ...database,
    query: <Row>(sql: string, ...parameters: unknown[]) => queryFile<Row>(database.file, sql, ...parameters),
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export function queryFile<Row>(file: string, sql: string, ...parameters: unknown[]): Row[] {
  const connection = new SQLite(file, { readonly: true });
  try {
    return connection.prepare<unknown[], Row>(sql).all(...parameters);
  } finally {
    connection.close();
  }
}
