import { isAscii } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';

/** No event of any provider is longer; what is, is not an event stream. UTF-16 units. */
const LONGEST_EVENT = 16 * 1024 * 1024;

/**
 * Takes the bytes of an event stream, split anywhere, and gives the `data` of each event (WHATWG HTML, "Server-sent
 * events"). Comments and other fields are passed over: no provider says anything in them. Line ends LF and CRLF.
 */
export class EventData {
  readonly #decoder = new StringDecoder('utf8');
  /** Whether the decoder may hold the beginning of a character. */
  #holding = false;
  #rest = '';
  #data: string | null = null;

  constructor(private readonly onData: (data: string) => void) {}

  push(bytes: Buffer): void {
    const text = this.#rest + this.#decode(bytes);
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
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (last !== '') this.#line(last);
    this.#line('');
  }

  /** Most bytes are ASCII, also in answers that are not: then no character can be cut, and half the work is saved. */
  #decode(bytes: Buffer): string {
    const plain = isAscii(bytes);
    const text = plain && !this.#holding ? bytes.toString('latin1') : this.#decoder.write(bytes);
    this.#holding = !plain;
    return text;
  }

  #line(line: string): void {
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
