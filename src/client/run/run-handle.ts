import { isTerminal, type TerminalEvent } from '../../wire/events.ts';
import { ChatClientError } from '../errors.ts';
import type { ClientEvent } from '../events.ts';
import type { Http } from '../http.ts';
import type { ConnectionState } from './connection.ts';
import { EventPump } from './event-pump.ts';
import { deliver, guarded, type RunCallbacks } from './run-callbacks.ts';
import type { Beginning, StreamSettings } from './run-connector.ts';
import { type Progress, RunStream } from './run-stream.ts';

export interface RunOptions extends RunCallbacks {
  /** Aborting it is `leave()`. */
  signal?: AbortSignal | undefined;
}

/**
 * A run that is being read: an async iterable of its events, callbacks, and a promise of its end. All of them get the
 * same events in the same order.
 *
 * The reader sets the pace. An iteration pulls: while the loop's body is busy, nothing is read from the connection.
 * Callbacks (except onConnection), or reading `done`, read as fast as events come, unless there is an iteration, too.
 * Without any of these nothing is read.
 */
export class RunHandle implements AsyncIterable<ClientEvent> {
  readonly #callbacks: RunCallbacks;
  readonly #leaving = new AbortController();
  readonly #stream: RunStream;
  readonly #events: AsyncGenerator<ClientEvent, void, undefined>;
  readonly #pump: EventPump;
  readonly #done = deferred<TerminalEvent>();
  /** How it ended for this reader; null while it goes on. */
  #end: TerminalEvent | ChatClientError | null = null;
  #connection: ConnectionState = { state: 'connecting' };
  #isIterated = false;

  constructor(http: Http, origin: Beginning | Progress, settings: StreamSettings, options: RunOptions = {}) {
    const { signal, ...callbacks } = options;
    this.#callbacks = callbacks;
    // Without this, a failure would be an unhandled rejection where `done` is not used.
    this.#done.promise.catch(() => {});
    const leave = () => this.leave();
    signal?.addEventListener('abort', leave);
    this.#leaving.signal.addEventListener('abort', () => signal?.removeEventListener('abort', leave));
    this.#stream = new RunStream(http, origin, settings, this.#leaving.signal, (state) =>
      this.#connect(state),
    );
    this.#events = this.#stream.events();
    this.#pump = new EventPump({
      next: () => this.#next(),
      onEvent: (event) => this.#deliver(event),
      onAbandoned: leave,
    });
    if (signal?.aborted) this.leave();
    const { onConnection: _, ...readers } = callbacks;
    if (Object.values(readers).some((reader) => reader !== undefined)) this.#pump.flow();
  }

  /** Null until the first response has arrived. */
  get runId(): string | null {
    return this.#stream.runId;
  }

  /** Null until the first response has arrived. */
  get chatId(): string | null {
    return this.#stream.chatId;
  }

  /** From where a later `follow` can continue, together with `content` and `reasoning`. */
  get lastEventId(): string | null {
    return this.#stream.lastEventId;
  }

  /** The answer so far, with redactions and cuts applied. */
  get content(): string {
    return this.#stream.text.content;
  }

  get reasoning(): string {
    return this.#stream.text.reasoning;
  }

  get connection(): ConnectionState {
    return this.#connection;
  }

  /**
   * The terminal event, which may be an `error`. Rejects with a ChatClientError when there is none: the request was
   * refused, reconnecting failed for too long, or the reader left.
   */
  get done(): Promise<TerminalEvent> {
    this.#pump.flow();
    return this.#done.promise;
  }

  /**
   * Ends the run for all readers; its text stays, and its terminal event (`stopped`) still comes. Rejects with a
   * ChatClientError when the server cannot be told.
   */
  async stop(): Promise<void> {
    await this.#stream.stop(() => this.#end !== null && 'type' in this.#end);
  }

  /** Ends the reading, not the run (unless it was begun with `onDisconnect: 'cancel'`). */
  leave(): void {
    this.#fail(new ChatClientError('left', 'The run is no longer followed; it may go on.'));
  }

  /**
   * The events, once. Throws what `done` rejects with, except that leaving just ends it. Leaving the loop early is
   * `leave()`, unless callbacks or `done` are in use.
   */
  [Symbol.asyncIterator](): AsyncIterator<ClientEvent, void, undefined> {
    if (this.#isIterated) throw new TypeError('The events of a run can be iterated once.');
    this.#isIterated = true;
    this.#pump.beginIteration();
    return this.#iterate();
  }

  async *#iterate(): AsyncGenerator<ClientEvent, void, undefined> {
    yield* this.#pump.iterate();
    if (this.#end instanceof ChatClientError && this.#end.code !== 'left') throw this.#end;
  }

  async #next(): Promise<ClientEvent | null> {
    try {
      const { value: event } = await this.#events.next();
      return (this.#end === null && event) || null;
    } catch (cause) {
      this.#fail(ChatClientError.from(cause));
      return null;
    }
  }

  #deliver(event: ClientEvent): void {
    if (!isTerminal(event)) {
      deliver(this.#callbacks, event);
      return;
    }
    this.#end = event;
    this.#pump.end();
    deliver(this.#callbacks, event);
    this.#done.resolve(event);
    this.#release();
  }

  #fail(failure: ChatClientError): void {
    if (this.#end) return;
    this.#end = failure;
    this.#pump.end();
    if (failure.code !== 'left') guarded(() => this.#callbacks.onError?.(failure, null));
    this.#done.reject(failure);
    this.#release();
  }

  #release(): void {
    this.#leaving.abort();
    this.#connect({ state: 'closed' });
    void this.#events.return();
  }

  #connect(state: ConnectionState): void {
    if (this.#connection.state === 'closed') return;
    this.#connection = state;
    guarded(() => this.#callbacks.onConnection?.(state));
  }
}

/** A promise that is settled from outside. */
function deferred<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}
