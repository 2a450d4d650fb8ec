// Writes long chats straight into the service's database, while no server has it open.

import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';

const CONTENT = 'A message of ordinary length, as people and models write them to one another all day long.';
/** Of CONTENT, in the o200k encoding; the service stores a count with each message, so that it need not count again. */
const TOKENS = 18;

/**
 * @param {string} file
 * @param {Array<{ id: string, messages: number }>} chats an even number of messages each
 */
export function seed(file, chats) {
  const database = new Database(file);
  const time = new Date().toISOString().replace('Z', '+00:00'); // as Prisma writes it
  const chat = database.prepare(
    'INSERT INTO Chat (id, title, nextPosition, createdAt, updatedAt) VALUES (?, ?, ?, ?, ?)',
  );
  const message = database.prepare(
    `INSERT INTO Message (id, chatId, position, role, status, content, tokens, createdAt)
     VALUES (?, ?, ?, ?, 'complete', ?, ?, ?)`,
  );
  try {
    database.transaction(() => {
      for (const { id, messages } of chats) {
        chat.run(id, CONTENT.slice(0, 60), messages, time, time);
        for (let position = 0; position < messages; position++) {
          const role = position % 2 === 0 ? 'user' : 'assistant';
          message.run(randomUUID(), id, position, role, CONTENT, TOKENS, time);
        }
      }
    })();
  } finally {
    database.close();
  }
}
