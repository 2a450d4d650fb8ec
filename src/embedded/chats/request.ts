import { z } from 'zod';
import { contentSchema } from '../../chat/question-fields.ts';
import { parse } from '../../chat/validation.ts';
import { ServiceError } from '../../errors.ts';
import { fieldOf } from '../document/shared-doc.ts';
import { documentChatId } from './chat-object.ts';

/** UTF-16 units of a message; `limits.message_chars` has the same default. */
const MESSAGE_CHARS = 262_144;

/** The text of a user's message in a chat of a document. */
export const documentMessageSchema = contentSchema({ messagesPerRequest: 1, messageChars: MESSAGE_CHARS });

const requestSchema = z.strictObject({ chatId: documentChatId, content: documentMessageSchema });

/** A request whose body was parsed, as in Express. */
interface ParsedRequest {
  body?: unknown;
}

/** The part of Express's response that a refusal needs. */
interface Refusable {
  status(code: number): { json(body: unknown): unknown };
}

/**
 * Parses the body of a request for a turn, `{ chatId, content }`. Throws InvalidRequestError, which names every
 * missing, wrong or unknown field.
 */
export function validateRequest(body: unknown): { chatId: string; content: string };
/**
 * The same for an Express handler: returns false after it has sent a 400 in the JSON shape of all errors. Further
 * fields of the body are allowed.
 */
export function validateRequest(request: ParsedRequest, response: Refusable): boolean;
export function validateRequest(
  request: unknown,
  response?: Refusable,
): { chatId: string; content: string } | boolean {
  if (response === undefined) return parse(requestSchema, request);
  try {
    parse(requestSchema.loose(), fieldOf(request, 'body'));
    return true;
  } catch (cause) {
    const error = ServiceError.from(cause);
    response.status(error.status).json(error.toBody(undefined, false));
    return false;
  }
}
