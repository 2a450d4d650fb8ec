import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { type TemporaryDatabase, temporaryDatabase } from '../../support/store-database.ts';
import { aRunResult, aTurn } from '../../support/store-samples.ts';

const PAGES = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter((path) =>
  path.endsWith('.md'),
);

const QUERIES = PAGES.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/```sql\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block
      .split(';')
      .filter((sql) => sql.trim() !== '')
      .map((sql) => [page, sql.trim()] as const),
  ),
);

describe('[STORE-1] the SQL that the documentation gives to operators', () => {
  let database: TemporaryDatabase;
  beforeAll(async () => {
    database = await temporaryDatabase();
    const turn = aTurn();
    await database.chats.begin(turn);
    await database.runs.settle(aRunResult(turn.run));
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it('is found', () => {
    expect(QUERIES.length).toBeGreaterThan(4);
  });

  it.each(QUERIES)('%s: %s', (_, sql) => {
    const connection = new SQLite(database.file, { readonly: true });
    try {
      expect(() => connection.prepare(sql).all()).not.toThrow();
    } finally {
      connection.close();
    }
  });
});
