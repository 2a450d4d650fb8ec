import SQLite from 'better-sqlite3';
import * as auth from '../../../src/store/writes/auth-statements.ts';
import * as chats from '../../../src/store/writes/chat-statements.ts';
import * as documents from '../../../src/store/writes/document-statements.ts';
import * as files from '../../../src/store/writes/file-statements.ts';
import { inWriteOrder, WRITE_ORDER } from '../../../src/store/writes/order.ts';
import { writesOfResult } from '../../../src/store/writes/run-result.ts';
import { insertInto, Statement } from '../../../src/store/writes/statement.ts';
import { writesOfTurn } from '../../../src/store/writes/turn.ts';
import * as workspaces from '../../../src/store/writes/workspace-statements.ts';
import { temporaryDatabase } from '../../support/store-database.ts';
import { aRun, aRunResult, aTurn, OWNER } from '../../support/store-samples.ts';

const modules = { ...chats, ...documents, ...workspaces, ...files, ...auth };
const names = new Map(Object.entries(modules).map(([name, statement]) => [statement, name]));

describe('the order of statements in a transaction', () => {
  it('is this one, whichever module is loaded first', () => {
    expect(WRITE_ORDER.map((statement) => names.get(statement as never))).toEqual([
      'insertChats',
      'continueChats',
      'supersedeMessages',
      'insertMessages',
      'insertRuns',
      'insertKeys',
      'insertSegments',
      'endMessages',
      'endRuns',
      'touchChats',
      'removeSegments',
      'insertOps',
      'putSnapshots',
      'removeOpsBefore',
      'insertWorkspaces',
      'touchWorkspaces',
      'setWorkspaceChats',
      'insertEdits',
      'endEdits',
      'removeWorkspaces',
      'insertFiles',
      'insertApiKeys',
      'insertSessions',
      'insertShares',
      'removeShares',
      'insertAuditEntries',
    ]);
  });

  it('has a place for each statement', () => {
    const statements = Object.values(modules).filter((exported) => exported instanceof Statement);
    expect(new Set(WRITE_ORDER)).toEqual(new Set(statements));
    expect(WRITE_ORDER).toHaveLength(statements.length);
  });

  it('does not depend on the order in which writes are given; each statement comes once, with all its rows', () => {
    const turn = aTurn({ supersedeFrom: 1, chat: { id: 'a', create: null }, firstPosition: 2 });
    const other = aTurn({ idempotency: { ownerId: OWNER, key: 'key', bodyHash: 'hash' } });
    const writes = [
      ...writesOfTurn(turn),
      ...writesOfTurn(other),
      ...writesOfResult(aRunResult(turn.run)),
      chats.removeSegments.with([]),
    ];
    const own = insertInto('Own', ['id']).with([{ id: 1 }]);
    const sql = (order: typeof writes) => inWriteOrder([own, ...order]).map((group) => group.sql);
    const expected = WRITE_ORDER.filter((statement) =>
      writes.some(({ statement: given, rows }) => given === statement && rows.length > 0),
    ).map((statement) => statement.sql);
    expect(sql(writes)).toEqual([...expected, own.statement.sql]);
    expect(sql(writes.toReversed())).toEqual(sql(writes));
    expect(inWriteOrder(writes).find((group) => group.sql === chats.insertMessages.sql)?.rows).toHaveLength(
      4,
    );
  });

  it('is what SQLite executes', async () => {
    await using database = await temporaryDatabase();
    const first = aTurn();
    await database.chats.begin(first);
    const { chatId } = first.run;
    const next = aTurn({ chat: { id: chatId, create: null }, firstPosition: 2, run: aRun({ chatId }) });
    // In one transaction, the end of a run before its beginning.
    const writes = [...writesOfResult(aRunResult(next.run)), ...writesOfTurn(next)];
    await database.commits.write(writes);
    const connection = new SQLite(database.file, { readonly: true });
    const status = connection
      .prepare('SELECT "status" FROM "Run" WHERE "id" = ?')
      .pluck()
      .get(next.run.runId);
    connection.close();
    expect(status).toBe('complete');
  });
});
