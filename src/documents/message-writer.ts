import { REDACTED } from '../runs/log.ts';
import { storable, TextGate } from '../runs/text.ts';
import {
  chatIn,
  type DocumentChat,
  type DocumentMessage,
  now,
  pathOf,
  type StreamingEvent,
} from './chat-object.ts';
import { type Component, type Path, type SharedDoc, setField, submit } from './shared-doc.ts';

/** How long text is gathered before viewers get it; ms. */
const FLUSH_MS = 50;

/** How an answer ended, if not well. */
export interface Failure {
  code: string;
  /** For people. */
  message: string;
}

/** Messages that somebody in this process writes. */
const written = new Set<string>();

export function isBeingWritten(messageId: string): boolean {
  return written.has(messageId);
}

/** An event that is not text: text has its own way, because it is gathered. */
type Mark = Exclude<StreamingEvent, { type: 'text_chunk' }>;

/**
 * Writes an answer into a chat of a document: text as string inserts, gathered for 50 ms, each op at paths that are known
 * and none without effect. Whatever fails is told by `finish`. A message that somebody removes stays removed.
 */
export class MessageWriter {
  readonly #doc: SharedDoc;
  readonly #chatId: string;
  readonly #messageId: string;
  readonly #gate = new TextGate();
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #finished = false;
  #failure: { by: unknown } | null = null;
  #sent: Promise<void> = Promise.resolve();

  constructor(doc: SharedDoc, chatId: string, messageId: string) {
    this.#doc = doc;
    this.#chatId = chatId;
    this.#messageId = messageId;
    written.add(messageId);
  }

  /** The next piece of the answer. */
  text(content: string): void {
    if (this.#finished) return;
    this.#text += this.#gate.push(content);
    if (this.#text === '') return;
    const wait = Math.max(0, this.#flushedAt + FLUSH_MS - performance.now());
    this.#timer ??= setTimeout(() => this.#flush(), wait);
  }

  /** Something that stands between pieces of text; what came before it goes first. */
  mark(mark: Mark): void {
    if (!this.#finished)
      this.#flush((at, { streamingEvents = [] }, textEvents) => [
        { p: [...at, 'streamingEvents', streamingEvents.length + textEvents], li: mark },
      ]);
  }

  /** Takes text back: content offsets `[from, to)` read U+2588 from now on (PROV-8). */
  redact(from: number, to: number): void {
    if (this.#finished) return;
    this.#flush();
    this.#flush((at, message) => [
      ...overwritten([...at, 'content'], message.content, from, to),
      ...overwrittenEvents([...at, 'streamingEvents'], message.streamingEvents ?? [], from, to),
    ]);
  }

  /** Takes the text of a file back that was told: it reads as it did before. */
  withdraw(fileId: string): void {
    if (this.#finished) return;
    this.#flush((at, { streamingEvents = [] }) =>
      streamingEvents.flatMap((event, index) =>
        // Without what was there: an op must not repeat it.
        event.type === 'file_complete' && event.fileId === fileId
          ? [{ p: [...at, 'streamingEvents', index, 'after'], oi: event.before ?? '' }]
          : [],
      ),
    );
  }

  /** The answer is over. Resolves when the server has all of it; rejects with the first thing that failed. */
  async finish(failure: Failure | null, aiStatus: string | null): Promise<void> {
    if (!this.#finished) {
      this.#text += this.#gate.end();
      this.#flush((at, message, _textEvents, chat) => ending(at, message, chat, failure, aiStatus));
      this.#finished = true;
      written.delete(this.#messageId);
    }
    await this.#sent;
    // Of two answers that end at once, each may have taken the other for unfinished.
    this.#submit(settled(chatIn(this.#doc, this.#chatId)));
    await this.#sent;
    if (this.#failure) throw this.#failure.by;
  }

  /** Sends what was gathered, and `more`, in one op. `textEvents`: how many events the text before it adds. */
  #flush(
    more: (
      at: Path,
      message: DocumentMessage,
      textEvents: number,
      chat: DocumentChat,
    ) => Component[] = () => [],
  ): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushedAt = performance.now();
    const text = this.#text;
    this.#text = '';
    const chat = chatIn(this.#doc, this.#chatId);
    const index = chat?.messages.findLastIndex(({ id }) => id === this.#messageId) ?? -1;
    const message = chat?.messages[index];
    if (!chat || !message) return;
    const at = [...pathOf(this.#chatId), 'messages', index];
    const grown = growth(at, message, text);
    const textEvents = grown.filter((component) => 'li' in component).length;
    // Another answer that ended while this one began may have said that nothing streams.
    const streaming = grown.length === 0 ? [] : setField(chat, pathOf(chat.id), 'isStreaming', true);
    this.#submit([...grown, ...streaming, ...more(at, message, textEvents, chat)]);
  }

  #submit(op: Component[]): void {
    const sending = submit(this.#doc, op).catch((error: unknown) => {
      this.#failure ??= { by: error };
    });
    this.#sent = Promise.all([this.#sent, sending]).then(() => {});
  }
}

function growth(at: Path, { content, streamingEvents = [] }: DocumentMessage, text: string): Component[] {
  if (text === '') return [];
  const last = streamingEvents.at(-1);
  const events = [...at, 'streamingEvents'];
  return [
    { p: [...at, 'content', content.length], si: text },
    last?.type === 'text_chunk'
      ? { p: [...events, streamingEvents.length - 1, 'content', last.content.length], si: text }
      : {
          p: [...events, streamingEvents.length],
          li: { type: 'text_chunk', content: text, timestamp: now() } satisfies StreamingEvent,
        },
  ];
}

function ending(
  at: Path,
  message: DocumentMessage,
  chat: DocumentChat,
  failure: Failure | null,
  aiStatus: string | null,
): Component[] {
  const chatAt = pathOf(chat.id);
  return [
    ...setField(message, at, 'isComplete', true),
    ...(failure ? setField(message, at, 'error', { ...failure, message: storable(failure.message) }) : []),
    ...setField(chat, chatAt, 'aiStatus', aiStatus ?? undefined),
    ...setField(chat, chatAt, 'updatedAt', now()),
    ...settled(chat, message.id),
  ];
}

/** Nothing spins in a chat in which nothing is written, or will be when `ending` is over. */
function settled(chat: DocumentChat | null, ending?: string): Component[] {
  if (!chat || chat.messages.some(({ id, isComplete }) => isComplete === false && id !== ending)) return [];
  const at = pathOf(chat.id);
  return [
    ...(chat.isStreaming ? setField(chat, at, 'isStreaming', false) : []),
    ...setField(chat, at, 'currentStatus', undefined),
  ];
}

function overwritten(p: Path, text: string, from: number, to: number): Component[] {
  const taken = text.slice(Math.max(0, from), Math.max(0, to));
  if (taken === '' || taken === REDACTED.repeat(taken.length)) return [];
  const at = [...p, Math.max(0, from)];
  return [
    { p: at, sd: taken },
    { p: at, si: REDACTED.repeat(taken.length) },
  ];
}

/** The text of the events, one after the other, is the content. */
function overwrittenEvents(
  p: Path,
  events: readonly StreamingEvent[],
  from: number,
  to: number,
): Component[] {
  let offset = 0;
  return events.flatMap((event, index) => {
    if (event.type !== 'text_chunk') return [];
    const start = offset;
    offset += event.content.length;
    return overwritten([...p, index, 'content'], event.content, from - start, to - start);
  });
}
