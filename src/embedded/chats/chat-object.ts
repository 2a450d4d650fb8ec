import { chatIdSchema } from '../../chat/question-fields.ts';
import { parse } from '../../chat/validation.ts';
import { NotFoundError } from '../../errors.ts';
import type { Path } from '../document/change.ts';
import { documentTypeOf } from '../document/document-type.ts';
import { fieldOf, isObject, type SharedDoc } from '../document/shared-doc.ts';

/** An event of an answer, as stored in the document. `timestamp`: Unix time in seconds. */
export type StreamingEvent = {
  timestamp: number;
} /** Text up to the next event of another kind; it grows while it streams. */ & (
  | { type: 'text_chunk'; content: string }
  | { type: 'file_start'; fileId: string; name: string }
  /** `before` is null for a new file. */
  | { type: 'file_complete'; fileId: string; name: string; before: string | null; after: string }
  | { type: 'file_delete'; fileId: string; name: string; before: string }
  | { type: 'status_update'; status: string }
);

/** Why an answer is incomplete. */
export interface Failure {
  code: string;
  /** For users. */
  message: string;
}

/** A message of a chat in a document. */
export interface DocumentMessage {
  id: string;
  role: 'user' | 'assistant';
  /** For answers: the concatenated text of the `text_chunk` events. */
  content: string;
  /** Unix time in seconds. */
  timestamp: number;
  /** This field and the following ones are for answers only. */
  streamingEvents?: StreamingEvent[];
  /** False while the answer is being written. */
  isComplete?: boolean;
  /** Why the answer is incomplete. */
  error?: Failure;
}

/** A chat within a document of an application, at `data.chats[chatId]`. Times are Unix time in seconds. */
export interface DocumentChat {
  id: string;
  messages: DocumentMessage[];
  createdAt: number;
  updatedAt: number;
  /** For users: how the last answer ended; only if it is incomplete. */
  aiStatus?: string;
  /** Whether any of its messages is being written. */
  isStreaming?: boolean;
  /** For users: the current step of the answer that is being written. */
  currentStatus?: string;
}

/** Names that paths of ops must not contain (GHSA-9rqw-j2q5-gg2g), although they have the form of ids. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

export const documentChatId = chatIdSchema.refine((id) => !FORBIDDEN.has(id), 'is not a name for a chat');

/** Throws InvalidRequestError. */
export function checkedChatId(chatId: unknown): string {
  return parse(documentChatId, chatId);
}

export function now(): number {
  return Math.floor(Date.now() / 1000);
}

export function pathOf(chatId: string): Path {
  return ['chats', chatId];
}

/** The chat in the current document; null when it does not exist or is not a chat. */
export function chatIn(doc: SharedDoc, chatId: string): DocumentChat | null {
  const chat = fieldOf(fieldOf(doc.data, 'chats'), chatId);
  return isChat(chat) ? chat : null;
}

/** Throws NotFoundError, and InvalidRequestError for a document of another type. */
export function requireChat(doc: SharedDoc, chatId: string): DocumentChat {
  documentTypeOf(doc);
  const chat = chatIn(doc, checkedChatId(chatId));
  if (!chat) throw new NotFoundError(`Chat ${chatId} in ${doc.collection}/${doc.id}`);
  return chat;
}

/** Checks only the fields that are used: applications may add others. */
function isChat(value: unknown): value is DocumentChat {
  const messages = fieldOf(value, 'messages');
  return Array.isArray(messages) && messages.every(isMessage);
}

function isMessage(value: unknown): boolean {
  return isObject(value) && typeof fieldOf(value, 'content') === 'string';
}
