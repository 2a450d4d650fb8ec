import { extent, isTerminal, isText, type RunEvent, type TerminalEvent } from '../../wire/events.ts';
import { decode, type Positioned, parseEventId } from '../decode.ts';
import { ChatClientError } from '../errors.ts';
import type { ClientEvent } from '../events.ts';
import type { Http } from '../http.ts';
import { readMessages } from '../sse/messages.ts';
import { EventTooLongError } from '../sse/parser.ts';
import type { ConnectionState } from './connection.ts';
import { type Beginning, RunConnector, type Source, type StreamSettings } from './run-connector.ts';
import { RunText } from './run-text.ts';

/** How far a reader has read a run. */
export interface Progress {
  runId: string;
  /** `<runId>:<position>`; absent: nothing. */
  lastEventId?: string | undefined;
  /** The text up to there. Without it, text that a crash shortened cannot be cut. */
  content?: string | undefined;
  reasoning?: string | undefined;
}

/**
 * A run as one uninterrupted sequence of events over any number of connections (CLIENT-2). The first request is sent
 * at once, so that a question is asked even if its events are not read; all else happens as events are pulled.
 */
export class RunStream {
  readonly text: RunText;
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
    this.text = new RunText(content, reasoning);
    if (lastEventId) this.#position = parseEventId(lastEventId).position;
    this.#opening = this.#connector.connect(this.#position);
    // Readers get the failure; an unread stream must not cause an unhandled rejection.
    this.#opening.catch(() => {});
  }

  /** Known when the first response has arrived. */
  get runId(): string | null {
    return this.#connector.runId;
  }

  get chatId(): string | null {
    return this.#connector.chatId;
  }

  /** From which another reader can continue. */
  get lastEventId(): string | null {
    return this.runId === null ? null : `${this.runId}:${this.#position}`;
  }

  /**
   * Ends the run for all readers; retries until that succeeds or `isOver()`. Waits until the run is known to have
   * begun, and does nothing when it never did. Rejects with a ChatClientError.
   */
  async stop(isOver: () => boolean): Promise<void> {
    await this.#opening.catch(() => {});
    await this.#connector.stop(isOver);
  }

  /**
   * Ends after the terminal event. Throws a ChatClientError when that cannot be received, `left` when the signal
   * aborts.
   */
  async *events(): AsyncGenerator<ClientEvent, void, undefined> {
    for (let source = await this.#opening; ; source = await this.#connector.reconnect(this.#position)) {
      if (!('getReader' in source)) return yield* this.#end(source);
      for await (const event of this.#eventsOf(source)) {
        if (isTerminal(event)) return yield* this.#end(event);
        this.text.apply(event);
        yield event;
      }
    }
  }

  /** The events of one connection that are new. */
  async *#eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<RunEvent, void, undefined> {
    const onBytes = () => this.#connector.renew();
    const options = { idleMs: this.#idleMs, signal: this.#signal, onBytes };
    try {
      for await (const message of readMessages(body, options)) {
        const event = this.#admit(decode(message));
        if (event) yield event;
      }
    } catch (cause) {
      if (!(cause instanceof EventTooLongError)) throw cause;
      throw new ChatClientError('protocol_error', cause.message, { cause });
    }
  }

  /** The event, or the new part of its text; null when nothing is new. */
  #admit({ event, runId, position }: Positioned): RunEvent | null {
    if (runId !== this.runId) throw new ChatClientError('protocol_error', 'The stream is of another run.');
    if (event === null) {
      // How far an unknown event moves the position is known from its id only.
      this.#position = Math.max(this.#position, position);
      return null;
    }
    if (event.type === 'start') {
      if (this.#started) return null;
      this.#started = true;
      this.#connector.chatId = event.chatId;
      return event;
    }
    // After a crash the terminal event may have a position before this reader's.
    if (extent(event) === 0 || isTerminal(event)) return event;
    const missing = position - this.#position;
    if (missing <= 0) return null;
    if (missing > extent(event)) {
      throw new ChatClientError('protocol_error', `Text is missing before position ${position}.`);
    }
    this.#position = position;
    if (!isText(event)) return event;
    return missing === event.content.length ? event : { ...event, content: event.content.slice(-missing) };
  }

  *#end(terminal: TerminalEvent): Generator<ClientEvent, void, undefined> {
    const { finalContentLength } = terminal;
    const lost = terminal.type === 'error' && terminal.code === 'interrupted';
    if (lost && finalContentLength < this.text.content.length) {
      const cut: ClientEvent = { type: 'cut', to: finalContentLength };
      this.text.apply(cut);
      yield cut;
    }
    yield terminal;
  }
}
