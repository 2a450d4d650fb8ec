import { TextGate } from '../../runs/text.ts';
import { type Change, setField } from '../document/change.ts';
import { PendingWrites } from '../document/pending-writes.ts';
import type { SharedDoc } from '../document/shared-doc.ts';
import { write } from '../document/write.ts';
import { chatIn, type Failure, pathOf } from './chat-object.ts';
import {
  ending,
  fileWithdrawn,
  growth,
  type Mark,
  markAdded,
  type Place,
  redacted,
  settled,
} from './message-changes.ts';

/** How long text is coalesced; ms. */
const FLUSH_MS = 50;

/** Messages that are being written by this process. */
const written = new Set<string>();

export function isBeingWritten(messageId: string): boolean {
  return written.has(messageId);
}

type More = (place: Place) => Change[];

/** The content of one op: text, and changes after it. */
interface Piece {
  text: string;
  more: More | null;
  /** Length of content and events before the first attempt to write it; null: not tried yet. */
  place: { content: number; events: number } | null;
}

/**
 * Writes an answer into a chat of a document. Text is coalesced for 50 ms and appended by string inserts at known
 * paths; ops without effect are not sent. Errors are reported by `finish`. A message that was removed meanwhile is not
 * restored.
 */
export class MessageWriter {
  readonly #doc: SharedDoc;
  readonly #chatId: string;
  readonly #messageId: string;
  readonly #gate = new TextGate();
  readonly #writes = new PendingWrites();
  /** Collects text until it is written. */
  #open: Piece | null = null;
  #timer: NodeJS.Timeout | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #finished = false;

  constructor(doc: SharedDoc, chatId: string, messageId: string) {
    this.#doc = doc;
    this.#chatId = chatId;
    this.#messageId = messageId;
    written.add(messageId);
  }

  /** Appends text. */
  text(content: string): void {
    if (this.#finished) return;
    const text = this.#gate.push(content);
    if (text === '') return;
    if (this.#open) {
      this.#open.text += text;
      return;
    }
    const piece: Piece = { text, more: null, place: null };
    this.#open = piece;
    const wait = Math.max(0, this.#flushedAt + FLUSH_MS - performance.now());
    this.#timer = setTimeout(() => this.#send(piece), wait);
  }

  /** Appends an event that is not text, after the text so far. */
  mark(mark: Mark): void {
    if (this.#finished) return;
    this.#then((place) => markAdded(place, mark));
  }

  /** Overwrites content offsets `[from, to)` with U+2588 (PROV-8). */
  redact(from: number, to: number): void {
    if (this.#finished) return;
    this.#then(() => []);
    this.#then(({ at, message }) => redacted(at, message, from, to));
  }

  /** Replaces the new text of a file by the old one. */
  withdraw(fileId: string): void {
    if (this.#finished) return;
    this.#then(({ at, message }) => fileWithdrawn(at, message, fileId));
  }

  /** Ends the answer. Resolves when the server has stored all of it; rejects with the first error. */
  async finish(failure: Failure | null, aiStatus: string | null): Promise<void> {
    if (!this.#finished) {
      this.#then((place) => ending(place, failure, aiStatus), this.#gate.end());
      this.giveUp();
    }
    await this.#writes.settled();
    // Of two answers that end at the same time, each may have considered the other unfinished.
    this.#writes.add(write(this.#doc, () => settled(chatIn(this.#doc, this.#chatId))));
    await this.#writes.stored();
  }

  /** The message is no longer written by this process. */
  giveUp(): void {
    this.#finished = true;
    written.delete(this.#messageId);
  }

  /** Writes the text so far, and more changes, in one op. */
  #then(more: More, rest = ''): void {
    const piece: Piece = this.#open ?? { text: '', more: null, place: null };
    const isWaiting = piece === this.#open && this.#timer === undefined;
    piece.text += rest;
    piece.more = more;
    this.#open = null;
    if (!isWaiting) this.#send(piece);
  }

  /** Until the op is made, an open piece collects further text. */
  #send(piece: Piece): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const changes = () => {
      if (this.#open === piece) this.#open = null;
      this.#flushedAt = performance.now();
      return this.#changesOf(piece);
    };
    this.#writes.add(write(this.#doc, changes));
  }

  #changesOf(piece: Piece): Change[] {
    const chat = chatIn(this.#doc, this.#chatId);
    const index = chat?.messages.findLastIndex(({ id }) => id === this.#messageId) ?? -1;
    const message = chat?.messages[index];
    if (!chat || !message) return [];
    const at = [...pathOf(this.#chatId), 'messages', index];
    const { content, streamingEvents = [] } = message;
    piece.place ??= { content: content.length, events: streamingEvents.length };
    // It was stored by an earlier attempt: only this writer makes the content longer.
    const isWritten = content.length > piece.place.content || streamingEvents.length > piece.place.events;
    const grown = isWritten ? [] : growth(at, message, piece.text);
    const textEvents = grown.filter(({ kind }) => kind === 'item').length;
    // Another answer that ended while this one started may have cleared the flag.
    const streaming = grown.length === 0 ? [] : setField(chat, pathOf(chat.id), 'isStreaming', true);
    return [...grown, ...streaming, ...(piece.more?.({ at, message, textEvents, chat, isWritten }) ?? [])];
  }
}
