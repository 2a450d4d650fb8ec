import type { ConnectionState } from './connection.ts';
import { decode, parseEventId } from './decode.ts';
import { ChatClientError } from './errors.ts';
import { type ClientEvent, extent, isTerminal, type RunEvent, type TerminalEvent } from './events.ts';
import type { Http } from './http.ts';
import { readMessages } from './messages.ts';
import { EventTooLongError } from './parser.ts';
import { type Beginning, RunConnector, type Source, type StreamSettings } from './run-connector.ts';
import { Transcript } from './transcript.ts';

/** What a reader has of a run already. */
export interface Progress {
  runId: string;
  /** `<runId>:<position>`; absent: nothing. */
  lastEventId?: string | undefined;
  /** The text up to there. Without it a text that a crash shortened cannot be cut. */
  content?: string | undefined;
  reasoning?: string | undefined;
}

/**
 * A run as one uninterrupted sequence of events, whatever happens to the connections it comes through (CLIENT-2). The
 * first request goes out at once, so that a question is asked even if nobody reads; everything else happens as events
 * are pulled.
 */
export class RunStream {
  readonly transcript: Transcript;
  readonly #connector: RunConnector;
  readonly #idleMs: number;
  readonly #signal: AbortSignal;
  readonly #opening: Promise<Source>;
  #position = 0;
  #started = false;

  constructor(
    http: Http,
    origin: Beginning | Progress,
    settings: StreamSettings,
    signal: AbortSignal,
    report: (state: ConnectionState) => void,
  ) {
    this.#connector = new RunConnector(http, origin, settings, signal, report);
    this.#idleMs = settings.idleMs;
    this.#signal = signal;
    const { lastEventId, content, reasoning }: Partial<Progress> = 'runId' in origin ? origin : {};
    this.transcript = new Transcript(content, reasoning);
    if (lastEventId) this.#position = parseEventId(lastEventId).position;
    this.#opening = this.#connector.connect(this.#position);
    // Whoever pulls gets the failure; an unread stream is nobody's problem.
    this.#opening.catch(() => {});
  }

  /** Known when the first answer has come. */
  get runId(): string | null {
    return this.#connector.runId;
  }

  get chatId(): string | null {
    return this.#connector.chatId;
  }

  /** With which another reader can go on from here. */
  get lastEventId(): string | null {
    return this.runId === null ? null : `${this.runId}:${this.#position}`;
  }

  /** Settles when the run is known to have begun, or cannot begin. Never rejects. */
  async answered(): Promise<void> {
    await this.#opening.catch(() => {});
  }

  /** Ends after the terminal event. Throws a ChatClientError when that cannot be had, `left` when the signal aborts. */
  async *events(): AsyncGenerator<ClientEvent, void, undefined> {
    for (let source = await this.#opening; ; source = await this.#connector.reconnect(this.#position)) {
      if (!('getReader' in source)) return yield* this.#end(source);
      for await (const event of this.#eventsOf(source)) {
        if (isTerminal(event)) return yield* this.#end(event);
        this.transcript.apply(event);
        yield event;
      }
    }
  }

  /** What is new in a connection. */
  async *#eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<RunEvent, void, undefined> {
    const onBytes = () => this.#connector.renew();
    const options = { idleMs: this.#idleMs, signal: this.#signal, onBytes };
    try {
      for await (const message of readMessages(body, options)) {
        const decoded = decode(message);
        const event = decoded && this.#admit(decoded.event, decoded.runId, decoded.position);
        if (event) yield event;
      }
    } catch (cause) {
      if (!(cause instanceof EventTooLongError)) throw cause;
      throw new ChatClientError('protocol_error', cause.message, { cause });
    }
  }

  /** The event, or what of it is new; null when nothing is. */
  #admit(event: RunEvent, runId: string, position: number): RunEvent | null {
    if (runId !== this.runId) throw new ChatClientError('protocol_error', 'The stream is of another run.');
    if (event.type === 'start') {
      if (this.#started) return null;
      this.#started = true;
      this.#connector.chatId = event.chatId;
      return event;
    }
    // After a crash the terminal stands before what this reader has seen.
    if (extent(event) === 0 || isTerminal(event)) return event;
    const missing = position - this.#position;
    if (missing <= 0) return null;
    if (missing > extent(event)) {
      throw new ChatClientError('protocol_error', `Text is missing before position ${position}.`);
    }
    this.#position = position;
    if (event.type !== 'content' && event.type !== 'reasoning') return event;
    return missing === event.content.length ? event : { ...event, content: event.content.slice(-missing) };
  }

  *#end(terminal: TerminalEvent): Generator<ClientEvent, void, undefined> {
    const { finalContentLength } = terminal;
    const lost = terminal.type === 'error' && terminal.code === 'interrupted';
    if (lost && finalContentLength < this.transcript.content.length) {
      const cut: ClientEvent = { type: 'cut', to: finalContentLength };
      this.transcript.apply(cut);
      yield cut;
    }
    yield terminal;
  }
}
