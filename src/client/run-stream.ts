import type { ConnectionState } from './connection.ts';
import { decode, isRunEvent, parseEventId } from './decode.ts';
import { ChatClientError } from './errors.ts';
import { type ClientEvent, extent, isTerminal, type RunEvent, type TerminalEvent } from './events.ts';
import type { Http, HttpRequest } from './http.ts';
import { readMessages } from './messages.ts';
import { EventTooLongError } from './parser.ts';
import { Patience, type ReconnectOptions } from './patience.ts';
import { Transcript } from './transcript.ts';

/** A request that begins a run. The key makes it the same run however often the request is sent. */
export interface Beginning {
  path: string;
  body: unknown;
  idempotencyKey: string;
}

/** What a reader has of a run already. */
export interface Progress {
  runId: string;
  /** `<runId>:<position>`; absent: nothing. */
  lastEventId?: string | undefined;
  /** The text up to there. Without it a text that a crash shortened cannot be cut. */
  content?: string | undefined;
  reasoning?: string | undefined;
}

export interface StreamSettings {
  reconnect: ReconnectOptions;
  idleMs: number;
}

/** An open connection, or the end of a run that has nothing else left to say. */
type Source = ReadableStream<Uint8Array> | TerminalEvent;

/**
 * A run as one uninterrupted sequence of events, whatever happens to the connections it comes through (CLIENT-2). The
 * first request goes out at once, so that a question is asked even if nobody reads; everything else happens as events
 * are pulled.
 */
export class RunStream {
  readonly transcript: Transcript;
  readonly #http: Http;
  readonly #settings: StreamSettings;
  readonly #signal: AbortSignal;
  readonly #report: (state: ConnectionState) => void;
  readonly #beginning: Beginning | null;
  readonly #patience: Patience;
  readonly #opening: Promise<Source>;
  #runId: string | null = null;
  #chatId: string | null = null;
  #position = 0;
  #started = false;

  constructor(
    http: Http,
    origin: Beginning | Progress,
    settings: StreamSettings,
    signal: AbortSignal,
    report: (state: ConnectionState) => void,
  ) {
    this.#http = http;
    this.#settings = settings;
    this.#signal = signal;
    this.#report = report;
    this.#patience = new Patience(settings.reconnect, signal, report);
    if ('path' in origin) {
      this.#beginning = origin;
      this.transcript = new Transcript();
    } else {
      this.#beginning = null;
      this.#runId = origin.runId;
      this.transcript = new Transcript(origin.content, origin.reasoning);
      if (origin.lastEventId) this.#position = parseEventId(origin.lastEventId).position;
    }
    this.#opening = this.#connect();
    // Whoever pulls gets the failure; an unread stream is nobody's problem.
    this.#opening.catch(() => {});
  }

  /** Known when the first answer has come; the start of a stream at the latest. */
  get runId(): string | null {
    return this.#runId;
  }

  get chatId(): string | null {
    return this.#chatId;
  }

  /** With which another reader can go on from here. */
  get lastEventId(): string | null {
    return this.#runId === null ? null : `${this.#runId}:${this.#position}`;
  }

  /** Settles when the run is known to have begun, or cannot begin. Never rejects. */
  async answered(): Promise<void> {
    await this.#opening.catch(() => {});
  }

  /** Ends after the terminal event. Throws a ChatClientError when that cannot be had, `left` when the signal aborts. */
  async *events(): AsyncGenerator<ClientEvent, void, undefined> {
    for (let source = await this.#opening; ; source = await this.#reconnect()) {
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
    const { idleMs } = this.#settings;
    const onBytes = () => this.#patience.renew();
    try {
      for await (const message of readMessages(body, { idleMs, signal: this.#signal, onBytes })) {
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
    this.#runId ??= runId;
    if (runId !== this.#runId) throw new ChatClientError('protocol_error', 'The stream is of another run.');
    if (event.type === 'start') {
      if (this.#started) return null;
      this.#started = true;
      this.#chatId = event.chatId;
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

  async #reconnect(): Promise<Source> {
    const lost = new ChatClientError('network_error', 'The connection was cut.', { retryable: true });
    if (!this.#signal.aborted) await this.#patience.pause(lost);
    return this.#connect();
  }

  async #connect(): Promise<Source> {
    for (;;) {
      if (this.#signal.aborted)
        throw new ChatClientError('left', 'The run is no longer followed; it may go on.');
      try {
        const source = await this.#attempt();
        this.#report({ state: 'open' });
        return source;
      } catch (cause) {
        const failure = ChatClientError.from(cause);
        if (!failure.retryable) throw failure;
        await this.#patience.pause(failure);
      }
    }
  }

  async #attempt(): Promise<Source> {
    const signal = this.#signal;
    const timeoutMs = this.#settings.idleMs;
    const response = await this.#http.request(
      this.#path(),
      { ...this.#request(), signal, timeoutMs },
      (it) => it,
    );
    this.#runId ??= response.headers.get('x-run-id');
    this.#chatId ??= response.headers.get('x-chat-id');
    if (this.#runId === null) {
      await response.body?.cancel();
      throw new ChatClientError('protocol_error', 'The server did not say which run it began (X-Run-Id).');
    }
    if (response.status === 204) return this.#storedTerminal();
    const type = response.headers.get('content-type') ?? '';
    if (response.body && type.startsWith('text/event-stream')) return response.body;
    // A login page of the network, for example; it may go away.
    await response.body?.cancel();
    throw new ChatClientError('protocol_error', `The answer is ${type || 'empty'}, not a stream of events.`, {
      status: response.status,
      retryable: true,
    });
  }

  #path(): string {
    if (this.#runId !== null) return `/api/runs/${encodeURIComponent(this.#runId)}/stream`;
    return this.#beginning?.path ?? '';
  }

  #request(): HttpRequest {
    const accept = 'text/event-stream';
    if (this.lastEventId !== null) {
      // The run may have been begun by a client of another protocol.
      return { query: { protocol: 'native' }, headers: { accept, 'last-event-id': this.lastEventId } };
    }
    const { body, idempotencyKey = '' } = this.#beginning ?? {};
    return { method: 'POST', body, headers: { accept, 'idempotency-key': idempotencyKey } };
  }

  /** The run has nothing after our position: it ended, after a crash perhaps before it. */
  async #storedTerminal(): Promise<TerminalEvent> {
    const path = `/api/runs/${encodeURIComponent(this.#runId ?? '')}`;
    const { terminal } = await this.#http.json<{ terminal: unknown }>(path, { signal: this.#signal });
    if (isRunEvent(terminal) && isTerminal(terminal)) return terminal;
    throw new ChatClientError('protocol_error', 'The run is said to be over, but not how it ended.', {
      retryable: true,
    });
  }
}
