import SQLite from 'better-sqlite3';
import { usageReport } from '../../src/chat/usage-report.ts';
import { EventLoopTurns } from '../support/event-loop-turns.ts';
import { temporaryDatabase } from '../support/store-database.ts';

const MANY = `
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
INSERT INTO Chat (id, title, updatedAt) SELECT 'chat' || i, 't', '2026' FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
INSERT INTO Message (id, chatId, position, role, status, content) SELECT 'm' || i, 'chat' || (i % 100), i, 'assistant', 'complete', 'x' FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
INSERT INTO Run (id, chatId, messageId, protocol, provider, model, status, promptTokens, completionTokens, createdAt)
SELECT 'r' || i, 'chat' || (i % 100), 'm' || i, 'native', 'azure', 'gpt', 'complete', 1, 2,
  printf('2026-01-%02dT00:00:00.000+00:00', 1 + i % 28) FROM n;`;

describe('[LIMIT-2] a report over many runs', () => {
  it('[RUN-11] is exact, and the thread that streams goes on meanwhile', async () => {
    await using database = await temporaryDatabase();
    const connection = new SQLite(database.file);
    connection.exec(`BEGIN; ${MANY} COMMIT;`);
    connection.close();
    using turns = new EventLoopTurns();
    const period = { from: new Date('2026-01-01'), to: new Date('2026-02-01'), owners: null };
    const report = await usageReport(database.usage, period, [], 10);
    expect(report.total).toMatchObject({ runs: 100_000, promptTokens: 100_000, completionTokens: 200_000 });
    expect(report.days).toHaveLength(28);
    expect(report.chats).toHaveLength(10);
    expect(report.runs).toHaveLength(10);
    expect(report.runs[0]?.createdAt).toEqual(new Date('2026-01-28'));
    // On this thread the three queries would leave room for three turns.
    expect(turns.count).toBeGreaterThan(20);
  });

  it('several reports at once, and one after the database is closed', async () => {
    const database = await temporaryDatabase();
    const period = { from: new Date('2026-01-01'), to: new Date('2026-02-01'), owners: null };
    const reports = await Promise.all(Array.from({ length: 20 }, () => database.usage.runs(period, 5)));
    expect(reports).toEqual(Array(20).fill([]));
    const pending = database.usage.sums(period, 'day', 5);
    await database[Symbol.asyncDispose]();
    expect(await pending).toEqual([]);
    await expect(database.usage.runs(period, 5)).rejects.toThrow('The database is closed.');
  });
});
