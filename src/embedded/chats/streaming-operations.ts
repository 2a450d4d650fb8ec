import { newId } from '../../chat/new-id.ts';
import { NotFoundError } from '../../errors.ts';
import { setField } from '../document/change.ts';
import type { SharedDoc } from '../document/shared-doc.ts';
import { write } from '../document/write.ts';
import {
  type DocumentMessage,
  type Failure,
  now,
  pathOf,
  requireChat,
  type StreamingEvent,
} from './chat-object.ts';
import { appended, ensureChatExists } from './chat-operations.ts';
import { isBeingWritten, MessageWriter } from './message-writer.ts';

/** An event without its time, which is added. */
export type NewStreamingEvent = StreamingEvent extends infer Event
  ? Event extends StreamingEvent
    ? Omit<Event, 'timestamp'>
    : never
  : never;

/** How a message ends; by default it is complete. */
export interface MessageEnd {
  /** Default: the newest answer that is not final. */
  messageId?: string;
  /** Why the answer is incomplete. */
  error?: Failure;
  /** The new `aiStatus` of the chat; default: the error's message, if there is one. */
  aiStatus?: string;
}

const writers = new WeakMap<SharedDoc, Map<string, MessageWriter>>();

/**
 * Adds an empty answer to a chat, which is created if it does not exist, and marks the chat as streaming. Resolves with
 * the message's id when the server has stored it.
 */
export async function createStreamingAIMessage(doc: SharedDoc, chatId: string): Promise<string> {
  await ensureChatExists(doc, chatId);
  const id = newId();
  const message: DocumentMessage = {
    id,
    role: 'assistant',
    content: '',
    timestamp: now(),
    streamingEvents: [],
    isComplete: false,
  };
  // Before the message exists, so that it is never considered abandoned.
  writersOf(doc).set(id, new MessageWriter(doc, chatId, id));
  try {
    await write(doc, () => {
      const chat = requireChat(doc, chatId);
      return [
        ...appended(chat, message),
        ...setField(chat, pathOf(chatId), 'isStreaming', true),
        ...setField(chat, pathOf(chatId), 'aiStatus', undefined),
      ];
    });
  } catch (error) {
    writersOf(doc).get(id)?.giveUp();
    writersOf(doc).delete(id);
    throw error;
  }
  return id;
}

/**
 * Adds an event to a streaming answer; `messageId`: by default the newest answer that is not final. Text (`text_chunk`)
 * is coalesced for 50 ms and sent as string inserts, so it may be passed token by token. Need not be awaited: errors
 * are reported by `finalizeStreamingMessage`. Throws NotFoundError when there is no such message.
 */
export function addStreamingEvent(
  doc: SharedDoc,
  chatId: string,
  event: NewStreamingEvent,
  messageId?: string,
): void {
  const writer = writerOf(doc, chatId, messageId ?? unfinished(doc, chatId));
  if (event.type === 'text_chunk') writer.text(event.content);
  else writer.mark({ ...event, timestamp: now() });
}

/** Redacts text of an answer: content offsets `[from, to)` are overwritten with U+2588. */
export function redactStreamingMessage(
  doc: SharedDoc,
  chatId: string,
  { from, to }: { from: number; to: number },
  messageId?: string,
): void {
  writerOf(doc, chatId, messageId ?? unfinished(doc, chatId)).redact(from, to);
}

/** Replaces the new text of a file by the old one in the events of an answer. */
export function withdrawStreamedFile(
  doc: SharedDoc,
  chatId: string,
  fileId: string,
  messageId?: string,
): void {
  writerOf(doc, chatId, messageId ?? unfinished(doc, chatId)).withdraw(fileId);
}

/**
 * Ends an answer; does nothing when it has ended. Resolves when the server has stored all of it. Throws NotFoundError
 * when there is no such message, and the error with which ShareDB refused an op.
 */
export async function finalizeStreamingMessage(
  doc: SharedDoc,
  chatId: string,
  end: MessageEnd = {},
): Promise<void> {
  const { messageId = unfinished(doc, chatId), error = null, aiStatus = error?.message ?? null } = end;
  // A chat that was removed meanwhile is not written to.
  const known = writers.get(doc)?.get(messageId);
  if (!known && isFinal(doc, chatId, messageId)) return;
  const writer = known ?? writerOf(doc, chatId, messageId);
  try {
    await writer.finish(error, aiStatus);
  } finally {
    writers.get(doc)?.delete(messageId);
  }
}

/**
 * Ends answers that a previous process left unfinished; to be called when a server starts, before it takes requests.
 * Resolves with their number.
 */
export async function interruptStreams(doc: SharedDoc, chatId: string): Promise<number> {
  const left = requireChat(doc, chatId).messages.filter(
    ({ id, isComplete }) => isComplete === false && !isBeingWritten(id),
  );
  const error = { code: 'interrupted', message: 'The server stopped before the answer was complete.' };
  for (const { id } of left) await finalizeStreamingMessage(doc, chatId, { messageId: id, error });
  return left.length;
}

function unfinished(doc: SharedDoc, chatId: string): string {
  const message = requireChat(doc, chatId).messages.findLast(({ isComplete }) => isComplete === false);
  if (message) return message.id;
  throw new NotFoundError(`An answer that streams in chat ${chatId}`);
}

function isFinal(doc: SharedDoc, chatId: string, messageId: string): boolean {
  return requireChat(doc, chatId).messages.some(
    ({ id, isComplete }) => id === messageId && isComplete === true,
  );
}

function writersOf(doc: SharedDoc): Map<string, MessageWriter> {
  const ofDoc = writers.get(doc) ?? new Map<string, MessageWriter>();
  writers.set(doc, ofDoc);
  return ofDoc;
}

function writerOf(doc: SharedDoc, chatId: string, messageId: string): MessageWriter {
  const ofDoc = writersOf(doc);
  const known = ofDoc.get(messageId);
  if (known) return known;
  const message = requireChat(doc, chatId).messages.find(({ id }) => id === messageId);
  if (!message?.streamingEvents || message.isComplete !== false) {
    throw new NotFoundError(`An answer ${messageId} that streams in chat ${chatId}`);
  }
  const writer = new MessageWriter(doc, chatId, messageId);
  ofDoc.set(messageId, writer);
  return writer;
}
