import type { Binary } from './binary.ts';
import { ByteBuffer } from './byte-buffer.ts';
import { notAnAnswer } from './not-an-answer.ts';

/** Longer than any real event or whole answer; images are the longest. Bytes. */
export const LONGEST_EVENT = 12 * 1024 * 1024;

const BYTE_ORDER_MARK: Binary = '\u00ef\u00bb\u00bf';
/** Maximum length of an event's name; providers have no longer ones. */
const LONGEST_NAME = 100;

/**
 * Minimum size that is counted for a line of data, so that a million empty lines exceed the limit, too. Bytes.
 */
const SHORTEST_LINE = 64;

const COLON = 58;
const SPACE = 32;

/** `data`: undecoded. `name`: its `event` field, '' without one. */
export type OnEvent = (data: Binary, name: string) => void;

/**
 * Parses an event stream from bytes that may be split anywhere, as specified by WHATWG HTML ("Server-sent events",
 * interpreting an event stream): line ends CR, LF and CRLF, a byte order mark, comments, fields with and without colon
 * and space, data of several lines. One rule is more lenient: an event without an empty line at the end of the stream
 * counts, because some providers end like that. Takes linear time, however events are split; throws a ProviderError for
 * an event of more than 12 MiB.
 */
export class EventStream {
  /** Whether the next byte starts an event. */
  isBetweenEvents = false;
  #begun = false;
  /** The last bytes ended with CR: a LF that follows belongs to it. */
  #afterCr = false;
  /** An incomplete line. */
  readonly #line = new ByteBuffer();
  /** The first line of data; null: none so far. */
  #data: Binary | null = null;
  /** The other lines of data, each after a line end. */
  readonly #more = new ByteBuffer();
  #name = '';
  /** Approximate size of the event's lines of data. Bytes. */
  #length = 0;

  constructor(private readonly onEvent: OnEvent) {}

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    let text: Binary = bytes.toString('latin1');
    if (!this.#begun) text = this.#withoutMark(text);
    if (this.#afterCr || text.includes('\r')) text = this.#withLineFeeds(text);
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      if (this.#line.length === 0) {
        this.#take(text, start, end);
      } else {
        this.#hold(text.slice(start, end));
        const line = this.#line.take();
        this.#take(line, 0, line.length);
      }
      start = end + 1;
    }
    if (start < text.length) this.#hold(start === 0 ? text : text.slice(start));
    this.isBetweenEvents = this.#begun && start === text.length && this.#data === null && this.#name === '';
  }

  /** The end of the stream. */
  end(): void {
    const line = this.#line.take();
    if (line !== '') this.#take(line, 0, line.length);
    this.#take('', 0, 0);
  }

  #withoutMark(text: Binary): Binary {
    const beginning = this.#line.take() + text;
    if (beginning.length < BYTE_ORDER_MARK.length && BYTE_ORDER_MARK.startsWith(beginning)) return beginning;
    this.#begun = true;
    return beginning.startsWith(BYTE_ORDER_MARK) ? beginning.slice(BYTE_ORDER_MARK.length) : beginning;
  }

  /** CR ends a line at once, without waiting for a LF. */
  #withLineFeeds(text: Binary): Binary {
    const rest = this.#afterCr && text.startsWith('\n') ? text.slice(1) : text;
    this.#afterCr = rest.endsWith('\r');
    return rest.replace(/\r\n?/g, '\n');
  }

  #hold(text: Binary): void {
    this.#bound(this.#line.length + text.length);
    this.#line.add(text);
  }

  /** One line of `text`, without its end. */
  #take(text: Binary, start: number, end: number): void {
    if (start === end) {
      this.#dispatch();
    } else if (text.startsWith('data', start)) {
      const value = valueAt(text, start + 4, end);
      if (value !== undefined) this.#addData(value, end - start);
    } else if (text.startsWith('event', start)) {
      const value = valueAt(text, start + 5, end);
      if (value !== undefined) this.#name = value.slice(0, LONGEST_NAME);
    }
  }

  #addData(value: Binary, bytes: number): void {
    this.#bound(bytes);
    this.#length += Math.max(bytes, SHORTEST_LINE);
    if (this.#data === null) {
      this.#data = value;
    } else {
      this.#more.add('\n');
      this.#more.add(value);
    }
  }

  #bound(more: number): void {
    if (this.#length + more > LONGEST_EVENT)
      throw notAnAnswer('An event of the stream is longer than 12 MiB.');
  }

  #dispatch(): void {
    const data = this.#data;
    const name = this.#name;
    this.#name = '';
    if (data === null) return;
    this.#data = null;
    this.#length = 0;
    this.onEvent(this.#more.length === 0 ? data : data + this.#more.take(), name);
  }
}

/** The value after the field's name; undefined: it is another field with a longer name. */
function valueAt(text: Binary, at: number, end: number): Binary | undefined {
  if (at === end) return '';
  if (text.charCodeAt(at) !== COLON) return undefined;
  return text.slice(text.charCodeAt(at + 1) === SPACE ? at + 2 : at + 1, end);
}
