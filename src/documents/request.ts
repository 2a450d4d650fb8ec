import { z } from 'zod';
import { contentSchema, parse } from '../chat/question.ts';
import { documentChatId } from './chat-object.ts';

/** UTF-16 units of a message; `limits.message_chars` has the same default. */
export const MESSAGE_CHARS = 262_144;

/** What a user may say in a chat of a document. */
export const documentMessageSchema = contentSchema({ messagesPerRequest: 1, messageChars: MESSAGE_CHARS });

const requestSchema = z.strictObject({ chatId: documentChatId, content: documentMessageSchema });

/**
 * The body of a request for a turn, `{ chatId, content }`. Throws InvalidRequestError, which names every field that is
 * missing, wrong, or not known.
 */
export function validateRequest(body: unknown): { chatId: string; content: string } {
  return parse(requestSchema, body);
}
