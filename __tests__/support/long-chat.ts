import SQLite from 'better-sqlite3';

/**
 * A chat of so many messages with texts of so many characters, each with an id of its client's, written past the
 * service.
 */
export function writeLongChat(file: string, chatId: string, messages: number, chars: number): void {
  const connection = new SQLite(file);
  connection.exec(`BEGIN;
INSERT INTO Chat (id, title, nextPosition, messageCount, updatedAt)
VALUES ('${chatId}', 'Long', ${messages}, ${messages}, '2026-01-01T00:00:00.000+00:00');
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${messages - 1})
INSERT INTO Message (id, chatId, position, role, status, content, clientId, createdAt)
SELECT '${chatId}-' || i, '${chatId}', i, iif(i % 2, 'assistant', 'user'), 'complete',
  replace(hex(zeroblob(${chars / 2})), '0', 'x'), 'client-' || i, '2026-01-01T00:00:00.000+00:00' FROM n;
COMMIT;`);
  connection.close();
}
