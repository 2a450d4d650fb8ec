import SQLite from 'better-sqlite3';
import * as queries from '../src/store/queries.ts';
import { Statement } from '../src/store/statement.ts';
import * as statements from '../src/store/statements.ts';
import * as workspaceQueries from '../src/store/workspace-queries.ts';
import * as workspaceStatements from '../src/store/workspace-statements.ts';
import { type TemporaryDatabase, temporaryDatabase } from './support/store-database.ts';

const writes = Object.entries({ ...statements, ...workspaceStatements }).flatMap(([name, statement]) =>
  statement instanceof Statement ? [[name, statement.sql] as const] : [],
);
const reads = Object.entries({ ...queries, ...workspaceQueries });

/** One chat of 100,000 messages, most of them superseded, beside many small ones: what misleads a planner. */
const MUCH = `
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
INSERT INTO Chat (id, title, createdAt, updatedAt) SELECT 'chat' || i, 't', '2026', '2026' || i FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
INSERT INTO Message (id, chatId, position, role, status, content, createdAt, supersededAt)
SELECT 'message' || i, 'chat0', i, 'user', 'complete', 'x', '2026', iif(i % 10, '2026', NULL) FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
INSERT INTO Run (id, chatId, messageId, protocol, provider, model, status, promptTokens, createdAt)
SELECT 'run' || i, 'chat' || i, 'message' || i, 'native', 'azure', 'gpt', iif(i, 'complete', 'streaming'), 1, '2026'
FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
INSERT INTO IdempotencyKey (key, bodyHash, runId, chatId, createdAt) SELECT i, 'h', 'r', 'chat0', '2026' FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
INSERT INTO RunSegment (id, runId, position, kind, text) SELECT i, 'run0', i, 'content', 'x' FROM n;`;

const SIZES = { empty: '', 'large, with statistics': MUCH };

describe.each(Object.entries(SIZES))('plans of SQLite on a database that is %s', (_, rows) => {
  let database: TemporaryDatabase;
  let connection: SQLite.Database;

  beforeAll(async () => {
    database = await temporaryDatabase();
    connection = new SQLite(database.file);
    if (rows !== '') connection.exec(`BEGIN; ${rows} COMMIT; ANALYZE;`);
  });

  afterAll(async () => {
    connection.close();
    await database[Symbol.asyncDispose]();
  });

  function planOf(sql: string): string[] {
    const positional = sql.match(/\?/g)?.map(() => null) ?? [];
    const named = Object.fromEntries(Array.from(sql.matchAll(/@(\w+)/g), ([, name]) => [name, null]));
    return connection
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...positional, named)
      .map(({ detail }) => detail);
  }

  /** Steps that cost more the larger a table is. */
  function walksIn(sql: string): string[] {
    return planOf(sql).filter((step) => /^SCAN|TEMP B-TREE/.test(step));
  }

  it.each(writes)('[CHAT-10] %s walks through no table', (_, sql) => {
    expect(walksIn(sql)).toEqual([]);
  });

  it.each(reads.filter(([name]) => !/_(?:CHATS|WORKSPACES)$/.test(name)))(
    '[CHAT-10] %s walks through no table',
    (_, sql) => {
      expect(walksIn(sql)).toEqual([]);
      for (const step of planOf(sql)) expect(step).toMatch(/^SEARCH/);
    },
  );

  it('[CHAT-10] the context is found by chat, being current, and position at once', () => {
    expect(planOf(queries.RECENT)).toEqual([
      'SEARCH Message USING INDEX Message_chatId_supersededAt_position_idx (chatId=? AND supersededAt=? AND position<?)',
    ]);
  });

  it('[CHAT-9] a page of chats is read off the index, sorted as it is', () => {
    expect(planOf(queries.NEWEST_CHATS)).toEqual(['SCAN Chat USING INDEX Chat_updatedAt_id_idx']);
    expect(planOf(queries.OLDER_CHATS)).toEqual([
      'SEARCH Chat USING INDEX Chat_updatedAt_id_idx ((updatedAt,id)<(?,?))',
    ]);
  });

  it('[EDIT-1] a page of workspaces likewise', () => {
    expect(planOf(workspaceQueries.NEWEST_WORKSPACES)).toEqual([
      'SCAN Workspace USING INDEX Workspace_updatedAt_id_idx',
    ]);
    expect(planOf(workspaceQueries.OLDER_WORKSPACES)).toEqual([
      'SEARCH Workspace USING INDEX Workspace_updatedAt_id_idx ((updatedAt,id)<(?,?))',
    ]);
  });

  it('would notice a query that walks through a table', () => {
    expect(walksIn('SELECT * FROM Message WHERE role = ?')).not.toEqual([]);
  });
});
