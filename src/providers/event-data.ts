import type { Binary } from './binary.ts';

/** No event of any provider is longer; what is, is not an event stream. Bytes. */
const LONGEST_EVENT = 16 * 1024 * 1024;

/**
 * Takes the bytes of an event stream, split anywhere, and gives the `data` of each event (WHATWG HTML, "Server-sent
 * events"), undecoded. Comments and other fields are passed over: no provider says anything in them. Line ends LF and CRLF.
 */
export class EventData {
  #rest: Binary = '';
  #data: Binary | null = null;

  constructor(private readonly onData: (data: Binary) => void) {}

  /** Whether what comes next is the beginning of an event. */
  get isBetweenEvents(): boolean {
    return this.#rest === '' && this.#data === null;
  }

  push(bytes: Buffer): void {
    const text = this.#rest + bytes.toString('latin1');
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#line(text.slice(start, text.charCodeAt(end - 1) === 13 ? end - 1 : end));
      start = end + 1;
    }
    this.#rest = start === 0 ? text : text.slice(start);
    if (this.#rest.length > LONGEST_EVENT) throw new RangeError('An event of the stream is too long.');
  }

  /** The stream is over: an event that was not closed by an empty line is one all the same; providers do that. */
  end(): void {
    const last = this.#rest;
    this.#rest = '';
    if (last !== '') this.#line(last);
    this.#line('');
  }

  #line(line: Binary): void {
    if (line === '') {
      const data = this.#data;
      this.#data = null;
      if (data !== null) this.onData(data);
    } else if (line.startsWith('data:')) {
      const value = line.slice(line.charCodeAt(5) === 32 ? 6 : 5);
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
    }
  }
}
