import type { ConnectionState } from './connection.ts';
import { isRunEvent } from './decode.ts';
import { ChatClientError } from './errors.ts';
import { isTerminal, type TerminalEvent } from './events.ts';
import type { Http, HttpRequest } from './http.ts';
import { Patience, type ReconnectOptions } from './patience.ts';

/** A request that begins a run. The key makes it the same run however often the request is sent. */
export interface Beginning {
  path: string;
  body: unknown;
  idempotencyKey: string;
}

export interface StreamSettings {
  reconnect: ReconnectOptions;
  idleMs: number;
}

/** An open connection, or the end of a run that has nothing else left to say. */
export type Source = ReadableStream<Uint8Array> | TerminalEvent;

/** Connects to a run, as often as it takes: with the request that begins it until it is known to have begun. */
export class RunConnector {
  /** Known when the first answer has come. */
  runId: string | null;
  chatId: string | null = null;
  readonly #http: Http;
  readonly #beginning: Beginning | null;
  readonly #settings: StreamSettings;
  readonly #signal: AbortSignal;
  readonly #report: (state: ConnectionState) => void;
  readonly #patience: Patience;

  constructor(
    http: Http,
    origin: Beginning | { runId: string },
    settings: StreamSettings,
    signal: AbortSignal,
    report: (state: ConnectionState) => void,
  ) {
    this.#http = http;
    this.#beginning = 'path' in origin ? origin : null;
    this.runId = 'runId' in origin ? origin.runId : null;
    this.#settings = settings;
    this.#signal = signal;
    this.#report = report;
    this.#patience = new Patience(settings.reconnect, signal, report);
  }

  /** Something arrived: the connection is a good one. */
  renew(): void {
    this.#patience.renew();
  }

  /** After a cut. */
  async reconnect(position: number): Promise<Source> {
    const lost = new ChatClientError('network_error', 'The connection was cut.', { retryable: true });
    if (!this.#signal.aborted) await this.#patience.pause(lost);
    return this.connect(position);
  }

  /** Tries until it succeeds. Throws a ChatClientError when it never will, `left` when the signal aborts. */
  async connect(position: number): Promise<Source> {
    for (;;) {
      if (this.#signal.aborted) {
        throw new ChatClientError('left', 'The run is no longer followed; it may go on.');
      }
      try {
        const source = await this.#attempt(position);
        this.#report({ state: 'open' });
        return source;
      } catch (cause) {
        const failure = ChatClientError.from(cause);
        if (!failure.retryable) throw failure;
        await this.#patience.pause(failure);
      }
    }
  }

  async #attempt(position: number): Promise<Source> {
    const signal = this.#signal;
    const [path, request] = this.runId === null ? this.#begin() : this.#resume(this.runId, position);
    const timeoutMs = this.#settings.idleMs;
    const response = await this.#http.request(path, { ...request, signal, timeoutMs }, (it) => it);
    const { status, headers, body } = response;
    if (status === 204 && this.runId !== null) return this.#storedTerminal(this.runId);
    const type = headers.get('content-type') ?? '';
    if (!body || !type.startsWith('text/event-stream')) {
      await body?.cancel();
      // A login page of the network, for example; it may go away.
      const message = `The answer is ${type || 'empty'}, not a stream of events.`;
      throw new ChatClientError('protocol_error', message, { status, retryable: true });
    }
    this.runId ??= headers.get('x-run-id');
    this.chatId ??= headers.get('x-chat-id');
    if (this.runId !== null) return body;
    await body.cancel();
    throw new ChatClientError('protocol_error', 'The server did not say which run it began (X-Run-Id).', {
      status,
    });
  }

  #begin(): [string, HttpRequest] {
    const { path = '', body, idempotencyKey = '' } = this.#beginning ?? {};
    return [path, { method: 'POST', body, headers: { ...STREAM, 'idempotency-key': idempotencyKey } }];
  }

  #resume(runId: string, position: number): [string, HttpRequest] {
    const headers = { ...STREAM, 'last-event-id': `${runId}:${position}` };
    // The run may have been begun by a client of another protocol.
    return [`${pathOfRun(runId)}/stream`, { query: { protocol: 'native' }, headers }];
  }

  /** The run has nothing after our position: it ended, after a crash perhaps before it. */
  async #storedTerminal(runId: string): Promise<TerminalEvent> {
    const { terminal } = await this.#http.json<{ terminal: unknown }>(pathOfRun(runId), {
      signal: this.#signal,
    });
    if (isRunEvent(terminal) && isTerminal(terminal)) return terminal;
    const message = 'The run is said to be over, but not how it ended.';
    throw new ChatClientError('protocol_error', message, { retryable: true });
  }
}

const STREAM = { accept: 'text/event-stream' };

export function pathOfRun(runId: string): string {
  return `/api/runs/${encodeURIComponent(runId)}`;
}
