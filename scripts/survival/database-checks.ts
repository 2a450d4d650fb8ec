import SQLite from 'better-sqlite3';

export interface StoredAnswer {
  chatId: string;
  status: string;
  cause: string | null;
  content: string;
  /** Of the question before it. */
  question: string | null;
}

/** Reads the database beside the server, as an operator does. */
export function read<Result>(file: string, look: (database: SQLite.Database) => Result): Result {
  const database = new SQLite(file, { readonly: true });
  try {
    return look(database);
  } finally {
    database.close();
  }
}

export function answerOf(file: string, runId: string): StoredAnswer | undefined {
  return read(file, (database) =>
    database
      .prepare<[string], StoredAnswer>(
        `SELECT r.chatId, r.status, r.cause, m.content,
           (SELECT q.content FROM Message q WHERE q.chatId = m.chatId AND q.position = m.position - 1) AS question
         FROM Run r JOIN Message m ON m.id = r.messageId WHERE r.id = ?`,
      )
      .get(runId),
  );
}

/** How often this was asked; by an operator's means, because a repeat must not ask it twice. */
export function timesAsked(file: string, question: string): number {
  return read(
    file,
    (database) =>
      database
        .prepare<[string], number>(`SELECT count(*) FROM Message WHERE role = 'user' AND content = ?`)
        .pluck()
        .get(question) ?? 0,
  );
}

/** Runs and messages that would never end. */
export function leftOpen(file: string): number {
  return read(
    file,
    (database) =>
      database
        .prepare<[], number>(
          `SELECT (SELECT count(*) FROM Run WHERE status = 'streaming')
             + (SELECT count(*) FROM Message WHERE status = 'streaming')
             + (SELECT count(*) FROM RunSegment)`,
        )
        .pluck()
        .get() ?? 0,
  );
}

/** What is wrong in the file, in sentences; empty when nothing is. No run may be live. */
export function faultsIn(file: string): string[] {
  return read(file, (database) => {
    const integrity = database.pragma('integrity_check', { simple: true });
    const faults = integrity === 'ok' ? [] : [`integrity_check: ${String(integrity)}`];
    const orphans = database.pragma('foreign_key_check');
    if (Array.isArray(orphans) && orphans.length > 0) faults.push(`${orphans.length} orphaned rows`);
    for (const [what, sql] of CONTRADICTIONS) {
      const chats = database.prepare<[], string>(sql).pluck().all();
      if (chats.length > 0) faults.push(`${what}: ${chats.join(', ')}`);
    }
    return faults;
  });
}

/** Each query returns chats or runs with contradictory columns. */
const CONTRADICTIONS: ReadonlyArray<readonly [what: string, sql: string]> = [
  [
    'positions that do not go 0, 1, 2 … up to nextPosition',
    `SELECT c.id FROM Chat c LEFT JOIN Message m ON m.chatId = c.id GROUP BY c.id
     HAVING count(m.id) <> c.nextPosition OR coalesce(max(m.position), -1) <> c.nextPosition - 1`,
  ],
  [
    'a messageCount that is not the number of messages',
    `SELECT c.id FROM Chat c LEFT JOIN Message m ON m.chatId = c.id AND m.supersededAt IS NULL GROUP BY c.id
     HAVING count(m.id) <> c.messageCount`,
  ],
  [
    'run and message do not agree how it ended',
    `SELECT r.id FROM Run r JOIN Message m ON m.id = r.messageId
     WHERE r.status <> m.status OR (r.status <> 'streaming' AND r.characters <> length(m.content))`,
  ],
  [
    'answers without a run',
    `SELECT m.id FROM Message m LEFT JOIN Run r ON r.messageId = m.id
     WHERE m.role = 'assistant' AND r.id IS NULL`,
  ],
];
