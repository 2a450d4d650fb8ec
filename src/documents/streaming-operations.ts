import { newId } from '../chat/new-id.ts';
import { NotFoundError } from '../errors.ts';
import { type DocumentMessage, now, pathOf, requireChat, type StreamingEvent } from './chat-object.ts';
import { appended, ensureChatExists } from './chat-operations.ts';
import { type Failure, isBeingWritten, MessageWriter } from './message-writer.ts';
import { type SharedDoc, setField, submit } from './shared-doc.ts';

/** An event as it is handed in; the time is added. */
export type NewStreamingEvent = StreamingEvent extends infer Event
  ? Event extends StreamingEvent
    ? Omit<Event, 'timestamp'>
    : never
  : never;

/** How a message ends. Without any of it: well. */
export interface MessageEnd {
  /** Default: the newest answer that is not final. */
  messageId?: string;
  /** Why it is not the whole answer. */
  error?: Failure;
  /** What the chat's `aiStatus` says from now on; default: the error's message, if there is one. */
  aiStatus?: string;
}

const writers = new WeakMap<SharedDoc, Map<string, MessageWriter>>();

/**
 * Adds an empty answer to a chat, which is made if it is not there, and marks the chat as streaming. Resolves with the
 * message's id when the server has it.
 */
export async function createStreamingAIMessage(doc: SharedDoc, chatId: string): Promise<string> {
  await ensureChatExists(doc, chatId);
  const id = newId();
  const chat = requireChat(doc, chatId);
  const message: DocumentMessage = {
    id,
    role: 'assistant',
    content: '',
    timestamp: now(),
    streamingEvents: [],
    isComplete: false,
  };
  const created = submit(doc, [
    ...appended(chat, message),
    ...setField(chat, pathOf(chatId), 'isStreaming', true),
    ...setField(chat, pathOf(chatId), 'aiStatus', undefined),
  ]);
  writerOf(doc, chatId, id);
  await created;
  return id;
}

/**
 * Adds to an answer that streams; `messageId`: by default the newest one that is not final. Text (`text_chunk`) is gathered
 * for 50 ms and goes on as string inserts, so it may be handed in token by token, and need not be awaited: what fails is
 * told by `finalizeStreamingMessage`. Throws NotFoundError when there is no such message.
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

/** Takes text of an answer back: content offsets `[from, to)` read U+2588 from now on. */
export function redactStreamingMessage(
  doc: SharedDoc,
  chatId: string,
  { from, to }: { from: number; to: number },
  messageId?: string,
): void {
  writerOf(doc, chatId, messageId ?? unfinished(doc, chatId)).redact(from, to);
}

/** Takes the text of a file back, in what an answer has told of it. */
export function withdrawStreamedFile(
  doc: SharedDoc,
  chatId: string,
  fileId: string,
  messageId?: string,
): void {
  writerOf(doc, chatId, messageId ?? unfinished(doc, chatId)).withdraw(fileId);
}

/**
 * Ends an answer: nothing spins any more, whatever happened; one that has ended stays as it is. Resolves when the server
 * has all of it. Throws NotFoundError when there is no such message, and whatever ShareDB refused an op with.
 */
export async function finalizeStreamingMessage(
  doc: SharedDoc,
  chatId: string,
  end: MessageEnd = {},
): Promise<void> {
  const { messageId = unfinished(doc, chatId), error = null, aiStatus = error?.message ?? null } = end;
  // A chat that somebody has removed meanwhile is no reason to go on writing into it.
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
 * Ends answers that nobody writes any more, because the process that did is gone; for the start of a server, before it
 * takes requests. Resolves with how many there were.
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

function writerOf(doc: SharedDoc, chatId: string, messageId: string): MessageWriter {
  const ofDoc = writers.get(doc) ?? new Map<string, MessageWriter>();
  writers.set(doc, ofDoc);
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
