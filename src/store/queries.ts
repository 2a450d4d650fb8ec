// What is not a set of rows, in SQL. The reads that a run waits for before it begins (CHAT-10), and what pages: half to a third of what the same costs
// through Prisma's query builder. Prisma still turns dates and numbers into what the schema says they are.

export const HEAD = `SELECT "id", "title", "systemPrompt", "createdAt", "updatedAt", "nextPosition"
FROM "Chat" WHERE "id" = ?`;

/** The other index on chat and position would walk through everything that was ever superseded. */
export const RECENT = `SELECT "position", "role", "content", "tokens"
FROM "Message" INDEXED BY "Message_chatId_supersededAt_position_idx"
WHERE "chatId" = ? AND "supersededAt" IS NULL AND "position" < ? AND "status" <> 'streaming'
ORDER BY "position" DESC LIMIT ?`;

export const KEY = `SELECT "runId", "chatId", "bodyHash" FROM "IdempotencyKey" WHERE "key" = ?`;

const SUMMARY = `SELECT "id", "title", "systemPrompt", "createdAt", "updatedAt", "messageCount" FROM "Chat"`;

export const NEWEST_CHATS = `${SUMMARY} ORDER BY "updatedAt" DESC, "id" DESC LIMIT ?`;

export const OLDER_CHATS = `${SUMMARY} WHERE ("updatedAt", "id") < (?, ?)
ORDER BY "updatedAt" DESC, "id" DESC LIMIT ?`;

export const RENAME = `UPDATE "Chat" SET "title" = ? WHERE "id" = ?`;

export const FORGET_KEYS = `DELETE FROM "IdempotencyKey" WHERE "createdAt" < ?`;

/** What the live document of a chat shows. */
export const NEWEST_MESSAGES = `SELECT m."id", m."position", m."role", m."status", m."content", m."reasoning",
  r."id" AS "runId", m."edits", m."createdAt"
FROM "Message" AS m INDEXED BY "Message_chatId_supersededAt_position_idx"
LEFT JOIN "Run" AS r ON r."messageId" = m."id"
WHERE m."chatId" = ? AND m."supersededAt" IS NULL ORDER BY m."position" DESC LIMIT ?`;
