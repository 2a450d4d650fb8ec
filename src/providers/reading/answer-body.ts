import { ProviderError } from '../../errors.ts';
import { errorIn } from '../connection/error-shapes.ts';
import { errorFromStream } from '../connection/sdk-errors.ts';
import type { AnswerDecoder } from './answer-decoder.ts';
import { type Binary, utf8 } from './binary.ts';
import { ByteBuffer } from './byte-buffer.ts';
import { EventStream, LONGEST_EVENT } from './event-stream.ts';
import { parseJson } from './json.ts';
import { notAnAnswer } from './not-an-answer.ts';
import { PAGE_READ, pageText } from './page-text.ts';

/** How much of a body without events is kept for the error message. Bytes. */
const SHOWN = 2_048;

/** The first character after a byte order mark and white space tells an event stream, JSON and an HTML page apart. */
const BEGINNING = /^(?:\xef\xbb\xbf)?\s*([^\s\xef\xbb\xbf])/;

const BLANK = /^\s*$/;

/**
 * The body of a response with status 200. Usually an event stream; but gateways send errors and HTML pages with that
 * status, too, and some providers send the whole answer. The first character tells them apart, because content types
 * are unreliable: there are events as text/plain, and errors as text/event-stream.
 */
export class AnswerBody {
  #kind: 'unknown' | 'events' | 'whole' | 'page' = 'unknown';
  /** Data before the first event, or all of a body that is not a stream. */
  readonly #text = new ByteBuffer();
  #hasEvents = false;
  readonly #events = new EventStream((data, name) => this.#event(data, name));

  constructor(
    private readonly decoder: AnswerDecoder,
    private readonly contentType: string | undefined,
  ) {}

  /** Receives all data of a response; each call counts as activity of the provider. */
  push(bytes: Buffer): void {
    if (this.#kind === 'events') this.#pushEvents(bytes);
    else if (this.#kind === 'unknown') this.#begin(bytes);
    else this.#pushWhole(bytes.toString('latin1'));
  }

  /** The end of the body. Throws if the answer is not complete. */
  end(): void {
    if (this.#kind === 'page') throw this.#noStream(utf8(this.#text.take()));
    if (this.#kind === 'whole') {
      this.#takeWhole(utf8(this.#text.take()));
      return;
    }
    this.#endEvents();
    if (this.decoder.done) return;
    if (!this.#hasEvents) throw this.#noStream(utf8(this.#text.take()));
    this.decoder.end();
  }

  /** A truncated event is ignored if the answer was complete before: the upstream has closed (RUN-3). */
  #endEvents(): void {
    const { finished } = this.decoder;
    try {
      this.#events.end();
    } catch (error) {
      if (!finished || !(error instanceof ProviderError) || error.code !== 'provider_protocol_error')
        throw error;
    }
  }

  #begin(bytes: Buffer): void {
    const text = bytes.toString('latin1');
    const beginning = this.#text.take() + text;
    const [, first] = BEGINNING.exec(beginning) ?? [];
    if (first !== undefined && '{[<"'.includes(first)) {
      this.#kind = first === '<' ? 'page' : 'whole';
      this.#pushWhole(beginning);
      return;
    }
    if (first !== undefined) this.#kind = 'events';
    this.#text.add(beginning.slice(0, SHOWN));
    this.#pushEvents(bytes);
  }

  #pushEvents(bytes: Buffer): void {
    if (this.#events.isBetweenEvents && this.decoder.takeEvent?.(bytes)) return;
    this.#events.push(bytes);
  }

  #pushWhole(text: Binary): void {
    if (this.#text.length + text.length > LONGEST_EVENT)
      throw notAnAnswer('The answer is longer than 12 MiB.');
    this.#text.add(text);
    // The rest of a page is not needed, and may be endless.
    if (this.#kind === 'page' && this.#text.length >= PAGE_READ)
      throw this.#noStream(utf8(this.#text.take()));
  }

  #event(data: Binary, name: string): void {
    if (!this.#hasEvents) {
      this.#hasEvents = true;
      this.#text.take();
    }
    if (!BLANK.test(data)) this.decoder.take(data, name);
  }

  #takeWhole(text: string): void {
    const json = text.replace(/^\ufeff/, '');
    const answer = parseJson(json);
    const error = errorIn(answer, { whole: true });
    if (error !== null) throw errorFromStream(error);
    this.decoder.takeWhole(answer, json);
  }

  #noStream(text: string) {
    const type = this.contentType ? ` (${this.contentType})` : '';
    const beginning = pageText(text);
    return notAnAnswer(
      beginning === ''
        ? `The answer${type} is empty.`
        : `What came${type} is no answer. It begins: ${beginning}`,
    );
  }
}
