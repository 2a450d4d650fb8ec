import { Backlog } from './backlog.ts';
import { deliver, guarded, type RunCallbacks } from './callbacks.ts';
import type { ConnectionState } from './connection.ts';
import { ChatClientError } from './errors.ts';
import { type ClientEvent, isTerminal, type TerminalEvent } from './events.ts';
import type { Http } from './http.ts';
import { Patience } from './patience.ts';
import { type Beginning, pathOfRun, type StreamSettings } from './run-connector.ts';
import { type Progress, RunStream } from './run-stream.ts';

export interface RunOptions extends RunCallbacks {
  /** Aborting it is `leave()`. */
  signal?: AbortSignal | undefined;
}

/**
 * A run that is being followed: an async iterable of its events, callbacks, and a promise of its end. All of them see
 * the same events in the same order.
 *
 * Who reads sets the pace. An iteration pulls: while the loop's body is busy, nothing is read from the connection.
 * Callbacks (onConnection does not count), or taking `done`, read as fast as events come, unless there is an iteration
 * too. Without any of these nothing is read.
 */
export class RunHandle implements AsyncIterable<ClientEvent> {
  readonly #http: Http;
  readonly #settings: StreamSettings;
  readonly #callbacks: RunCallbacks;
  readonly #leaving = new AbortController();
  readonly #stream: RunStream;
  readonly #events: AsyncGenerator<ClientEvent, void, undefined>;
  readonly #backlog = new Backlog();
  readonly #done: Promise<TerminalEvent>;
  #settle: { resolve(terminal: TerminalEvent): void; reject(error: ChatClientError): void };
  #pulling: Promise<void> | null = null;
  #flowing = false;
  #iterating = false;
  #iterated = false;
  #ended = false;
  #failure: ChatClientError | null = null;
  #connection: ConnectionState = { state: 'connecting' };

  constructor(http: Http, origin: Beginning | Progress, settings: StreamSettings, options: RunOptions = {}) {
    const { signal, ...callbacks } = options;
    this.#http = http;
    this.#settings = settings;
    this.#callbacks = callbacks;
    this.#settle = { resolve: () => {}, reject: () => {} };
    this.#done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Who never asks for the end is not told of failures twice.
    this.#done.catch(() => {});
    const leave = () => this.leave();
    signal?.addEventListener('abort', leave);
    this.#leaving.signal.addEventListener('abort', () => signal?.removeEventListener('abort', leave));
    this.#stream = new RunStream(http, origin, settings, this.#leaving.signal, (state) =>
      this.#connect(state),
    );
    this.#events = this.#stream.events();
    if (signal?.aborted) this.leave();
    const { onConnection: _, ...readers } = callbacks;
    if (Object.values(readers).some((reader) => reader !== undefined)) this.#flow();
  }

  /** Null until the server has answered. */
  get runId(): string | null {
    return this.#stream.runId;
  }

  /** Null until the server has answered. */
  get chatId(): string | null {
    return this.#stream.chatId;
  }

  /** Where a later `follow` can go on, with `content` and `reasoning`. */
  get lastEventId(): string | null {
    return this.#stream.lastEventId;
  }

  /** The answer so far; redacted and cut as the events said. */
  get content(): string {
    return this.#stream.transcript.content;
  }

  get reasoning(): string {
    return this.#stream.transcript.reasoning;
  }

  get connection(): ConnectionState {
    return this.#connection;
  }

  /**
   * The terminal event, which may be an `error`. Rejects with a ChatClientError when there is none: the request was
   * refused, the connection could not be made again, or the reader left.
   */
  get done(): Promise<TerminalEvent> {
    this.#flow();
    return this.#done;
  }

  /** Ends the run for everybody; its text stays, and its terminal event (`stopped`) still comes. */
  async stop(): Promise<void> {
    await this.#stream.answered();
    const { runId } = this;
    // Refused, or left before it could be known.
    if (runId === null) return;
    const patience = new Patience(this.#settings.reconnect, new AbortController().signal, () => {});
    while (!this.#ended || this.#failure) {
      try {
        await this.#http.json(`${pathOfRun(runId)}/stop`, { method: 'POST' });
        return;
      } catch (cause) {
        const failure = ChatClientError.from(cause);
        if (!failure.retryable) throw failure;
        await patience.pause(failure);
      }
    }
  }

  /** Ends the reading, not the run (unless it was begun with `onDisconnect: 'cancel'`). */
  leave(): void {
    this.#fail(new ChatClientError('left', 'The run is no longer followed; it may go on.'));
  }

  /**
   * The events, once. Throws what `done` rejects with, except that leaving just ends it. Leaving the loop early is
   * `leave()`, unless somebody else listens.
   */
  [Symbol.asyncIterator](): AsyncIterator<ClientEvent, void, undefined> {
    if (this.#iterated) throw new TypeError('The events of a run can be iterated once.');
    this.#iterated = true;
    this.#iterating = true;
    return this.#iterate();
  }

  async *#iterate(): AsyncGenerator<ClientEvent, void, undefined> {
    try {
      for (;;) {
        const event = this.#backlog.shift();
        if (event) yield event;
        else if (!this.#ended) await this.#pull();
        else break;
      }
      if (this.#failure && this.#failure.code !== 'left') throw this.#failure;
    } finally {
      this.#iterating = false;
      this.#backlog.close();
      if (this.#flowing) this.#pump();
      else this.leave();
    }
  }

  /** Reads on, at the pace of the connection. */
  #flow(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    this.#pump();
  }

  async #pump(): Promise<void> {
    while (!this.#iterating && !this.#ended) {
      // Who does not iterate yet may still begin to.
      this.#backlog.compact();
      await this.#pull();
    }
  }

  /** One more event for everybody. Never rejects. */
  #pull(): Promise<void> {
    this.#pulling ??= this.#next().finally(() => {
      this.#pulling = null;
    });
    return this.#pulling;
  }

  async #next(): Promise<void> {
    try {
      const { value: event } = await this.#events.next();
      if (this.#ended || !event) return;
      this.#backlog.push(event);
      if (isTerminal(event)) this.#complete(event);
      else deliver(this.#callbacks, event);
    } catch (cause) {
      this.#fail(ChatClientError.from(cause));
    }
  }

  #complete(terminal: TerminalEvent): void {
    this.#ended = true;
    deliver(this.#callbacks, terminal);
    this.#settle.resolve(terminal);
    this.#release();
  }

  #fail(failure: ChatClientError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    if (failure.code !== 'left') guarded(() => this.#callbacks.onError?.(failure, null));
    this.#settle.reject(failure);
    this.#release();
  }

  #release(): void {
    this.#leaving.abort();
    this.#connect({ state: 'closed' });
    this.#events.return();
  }

  #connect(state: ConnectionState): void {
    if (this.#connection.state === 'closed') return;
    this.#connection = state;
    guarded(() => this.#callbacks.onConnection?.(state));
  }
}
