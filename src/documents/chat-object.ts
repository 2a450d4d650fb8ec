import { chatIdSchema, parse } from '../chat/question.ts';
import { NotFoundError } from '../errors.ts';
import { fieldOf, isObject, type Path, type SharedDoc } from './shared-doc.ts';

/** What happens in an answer, as the document keeps it. `timestamp`: Unix time in seconds. */
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

/** A message of a chat in a document. */
export interface DocumentMessage {
  id: string;
  role: 'user' | 'assistant';
  /** Of an answer: the text of its `text_chunk` events. */
  content: string;
  /** Unix time in seconds. */
  timestamp: number;
  /** Answers only, like the rest. */
  streamingEvents?: StreamingEvent[];
  /** False while somebody writes it. */
  isComplete?: boolean;
  /** Why it is not the whole answer. */
  error?: { code: string; message: string };
}

/** A chat within a document of an application, at `data.chats[chatId]`. Times are Unix time in seconds. */
export interface DocumentChat {
  id: string;
  messages: DocumentMessage[];
  createdAt: number;
  updatedAt: number;
  /** For people: how the last answer ended, if it did not end well. */
  aiStatus?: string;
  /** Whether any of its messages is being written. */
  isStreaming?: boolean;
  /** For people: what is being done; only while something is. */
  currentStatus?: string;
}

/** Names that json0 paths must not have (GHSA-9rqw-j2q5-gg2g), although they look like ids. */
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

/** The chat as the document has it now; null: it has none, or something else is there. */
export function chatIn(doc: SharedDoc, chatId: string): DocumentChat | null {
  const chat = fieldOf(fieldOf(doc.data, 'chats'), chatId);
  return isChat(chat) ? chat : null;
}

/** Throws NotFoundError. */
export function requireChat(doc: SharedDoc, chatId: string): DocumentChat {
  const chat = chatIn(doc, checkedChatId(chatId));
  if (!chat) throw new NotFoundError(`Chat ${chatId} in ${doc.collection}/${doc.id}`);
  return chat;
}

/** Only what is relied on: applications add fields of their own. */
function isChat(value: unknown): value is DocumentChat {
  const messages = fieldOf(value, 'messages');
  return Array.isArray(messages) && messages.every(isMessage);
}

function isMessage(value: unknown): boolean {
  return isObject(value) && typeof fieldOf(value, 'content') === 'string';
}
