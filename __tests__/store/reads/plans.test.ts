import SQLite from 'better-sqlite3';
import * as authQueries from '../../../src/store/reads/auth-queries.ts';
import * as queries from '../../../src/store/reads/chat-queries.ts';
import * as workspaceQueries from '../../../src/store/reads/workspace-queries.ts';
import * as authStatements from '../../../src/store/writes/auth-statements.ts';
import * as statements from '../../../src/store/writes/chat-statements.ts';
import * as singleStatements from '../../../src/store/writes/single-statements.ts';
import { Statement } from '../../../src/store/writes/statement.ts';
import * as workspaceStatements from '../../../src/store/writes/workspace-statements.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../../support/store-database.ts';

const writes = Object.entries({
  ...statements,
  ...workspaceStatements,
  ...authStatements,
  ...singleStatements,
}).flatMap(([name, statement]) => (statement instanceof Statement ? [[name, statement.sql] as const] : []));
const reads = Object.entries({ ...queries, ...workspaceQueries, ...authQueries }).map(
  ([name, { sql }]) => [name, sql] as const,
);

/** One chat of 100,000 messages, most of them superseded, and many small ones, which mislead a query planner. */
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

  /** Steps whose cost grows with the size of a table. */
  function scansIn(sql: string): string[] {
    return planOf(sql).filter((step) => /^SCAN|TEMP B-TREE/.test(step));
  }

  it.each(writes)('[CHAT-10] %s scans no table', (_, sql) => {
    expect(scansIn(sql)).toEqual([]);
  });

  it.each(reads.filter(([name]) => !/_(?:CHATS|WORKSPACES)$/.test(name)))(
    '[CHAT-10] %s scans no table',
    (_, sql) => {
      expect(scansIn(sql)).toEqual([]);
      for (const step of planOf(sql)) expect(step).toMatch(/^SEARCH/);
    },
  );

  it('[CHAT-10] the context is found by chat, supersededAt and position in one index', () => {
    expect(planOf(queries.RECENT.sql)).toEqual([
      'SEARCH Message USING INDEX Message_chatId_supersededAt_position_idx (chatId=? AND supersededAt=? AND position<?)',
    ]);
  });

  it('[CHAT-9] [AUTH-6] a page of chats is read from the index of their owner, in its order', () => {
    expect(planOf(queries.NEWEST_CHATS.sql)).toEqual([
      'SEARCH Chat USING INDEX Chat_ownerId_updatedAt_id_idx (ownerId=?)',
    ]);
    expect(planOf(queries.OLDER_CHATS.sql)).toEqual([
      'SEARCH Chat USING INDEX Chat_ownerId_updatedAt_id_idx (ownerId=? AND (updatedAt,id)<(?,?))',
    ]);
  });

  it('[EDIT-1] a page of workspaces likewise', () => {
    expect(planOf(workspaceQueries.NEWEST_WORKSPACES.sql)).toEqual([
      'SEARCH Workspace USING INDEX Workspace_ownerId_updatedAt_id_idx (ownerId=?)',
    ]);
    expect(planOf(workspaceQueries.OLDER_WORKSPACES.sql)).toEqual([
      'SEARCH Workspace USING INDEX Workspace_ownerId_updatedAt_id_idx (ownerId=? AND (updatedAt,id)<(?,?))',
    ]);
  });

  it('a query that scans a table is found', () => {
    expect(scansIn('SELECT * FROM Message WHERE role = ?')).not.toEqual([]);
  });
});
