/** One event of an event stream, complete. */
export interface SseMessage {
  /** The stream's last event id, set by this event or an earlier one; '' when there was none. */
  id: string;
  /** 'message' unless the event names another type. */
  event: string;
  data: string;
}

/** An event was longer than the parser may hold. Events before it in the same push are lost, too. */
export class EventTooLongError extends Error {
  constructor(maxLength: number) {
    super(`An event of the stream is longer than ${maxLength} characters.`);
    this.name = 'EventTooLongError';
  }
}

/** Characters; the service's own events stay below 200,000. */
const MAX_LENGTH = 16 * 1024 * 1024;

/**
 * A Server-Sent Events parser as the HTML standard defines one (section 9.2.6, without `retry`): bytes in, complete
 * events out. However the bytes are split, the events are the same. An event that is incomplete when the stream ends is
 * dropped, hence there is no method to end it.
 */
export class SseParser {
  /** Also strips a leading BOM, and joins characters that were split. */
  readonly #decoder = new TextDecoder();
  readonly #maxLength: number;
  #line = '';
  #endedWithCr = false;
  #data: string | null = null;
  #event = '';
  #id = '';

  /** `maxLength`: characters that an unfinished event may have. */
  constructor(maxLength = MAX_LENGTH) {
    this.#maxLength = maxLength;
  }

  /** Throws EventTooLongError; the parser cannot be used after that. */
  push(bytes: Uint8Array): SseMessage[] {
    const text = this.#decoder.decode(bytes, { stream: true });
    const messages: SseMessage[] = [];
    let start = 0;
    if (text !== '') {
      // A CR ends a line at once; the LF of a CRLF may follow in the next segment.
      if (this.#endedWithCr && text[0] === '\n') start = 1;
      this.#endedWithCr = false;
    }
    let lf = text.indexOf('\n', start);
    let cr = text.indexOf('\r', start);
    while (lf !== -1 || cr !== -1) {
      const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
      const line = this.#line + text.slice(start, end);
      this.#line = '';
      start = end + 1;
      if (end === cr) {
        if (start === text.length) this.#endedWithCr = true;
        else if (text[start] === '\n') start += 1;
        cr = text.indexOf('\r', start);
      }
      if (lf !== -1 && lf < start) lf = text.indexOf('\n', start);
      if (line === '') this.#dispatch(messages);
      else this.#field(line);
    }
    this.#line += text.slice(start);
    this.#bound(this.#line.length);
    return messages;
  }

  #dispatch(messages: SseMessage[]): void {
    const data = this.#data;
    if (data !== null) messages.push({ id: this.#id, event: this.#event || 'message', data });
    this.#data = null;
    this.#event = '';
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') {
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
      this.#bound(0);
    } else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }

  #bound(unfinished: number): void {
    if (unfinished + (this.#data?.length ?? 0) > this.#maxLength)
      throw new EventTooLongError(this.#maxLength);
  }
}
