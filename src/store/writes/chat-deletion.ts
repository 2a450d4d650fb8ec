import type { Database as Connection } from 'better-sqlite3';
import { OLDEST_OF_REMOVED } from '../reads/chat-queries.ts';
import { removeShares } from './auth-statements.ts';
import type { GroupCommit } from './group-commit.ts';

/**
 * Limits of one transaction, because other writes wait for it. Bytes of text count, as they are overwritten with zeros.
 */
const MESSAGES_AT_ONCE = 200;
const BYTES_AT_ONCE = 1024 * 1024;

/**
 * Removes a chat and everything that belongs to it. The first transaction makes it invisible; its messages are removed
 * in slices, so that a long chat does not block other writes. If the process dies in between, the next start continues.
 *
 * Returns false when there is no such chat.
 */
export async function removeChat(commits: GroupCommit, chatId: string): Promise<boolean> {
  const existed = await commits.exclusive((connection) => {
    // Messages and runs that refer to the chat are removed after it.
    connection.pragma('foreign_keys = OFF');
    try {
      return connection.transaction(() => forgetChat(connection, chatId)).immediate();
    } finally {
      connection.pragma('foreign_keys = ON');
    }
  });
  if (existed) await removeMessages(commits, chatId);
  return existed;
}

/** Continues the removals that an earlier process did not finish. */
export async function finishRemovals(commits: GroupCommit): Promise<void> {
  const unfinished = await commits.exclusive((connection) =>
    connection.prepare<[], string>('SELECT "chatId" FROM "ChatRemoval"').pluck().all(),
  );
  for (const chatId of unfinished) await removeMessages(commits, chatId);
}

function forgetChat(connection: Connection, chatId: string): boolean {
  const { changes } = connection.prepare('DELETE FROM "Chat" WHERE "id" = ?').run(chatId);
  if (changes === 0) {
    // The first attempt may have failed half-way: deleting the chat again continues it.
    return connection.prepare('SELECT 1 FROM "ChatRemoval" WHERE "chatId" = ?').get(chatId) !== undefined;
  }
  connection.prepare('INSERT OR IGNORE INTO "ChatRemoval" ("chatId") VALUES (?)').run(chatId);
  connection
    .prepare('DELETE FROM "IdempotencyKey" INDEXED BY "IdempotencyKey_chatId_idx" WHERE "chatId" = ?')
    .run(chatId);
  connection.prepare(removeShares.sql).run({ resource: 'chat', resourceId: chatId });
  return true;
}

async function removeMessages(commits: GroupCommit, chatId: string): Promise<void> {
  for (let remain = true; remain; ) {
    remain = await commits.exclusive((connection) =>
      connection.transaction(() => removeSlice(connection, chatId)).immediate(),
    );
  }
}

/** Removes some messages; returns false when none are left. Foreign keys remove their runs (ON DELETE CASCADE). */
function removeSlice(connection: Connection, chatId: string): boolean {
  const remove = connection.prepare('DELETE FROM "Message" WHERE "id" = ?');
  const messages = connection
    .prepare<[string, number], typeof OLDEST_OF_REMOVED.row>(OLDEST_OF_REMOVED.sql)
    .all(chatId, MESSAGES_AT_ONCE);
  let bytes = 0;
  for (const message of messages) {
    bytes += message.bytes;
    remove.run(message.id);
    if (bytes >= BYTES_AT_ONCE) return true;
  }
  if (messages.length === MESSAGES_AT_ONCE) return true;
  connection.prepare('DELETE FROM "ChatRemoval" WHERE "chatId" = ?').run(chatId);
  return false;
}
