import { isTerminal, type TerminalEvent } from '../../wire/events.ts';
import { isRunEvent } from '../decode.ts';
import { ChatClientError } from '../errors.ts';
import type { Http, HttpRequest } from '../http.ts';
import type { ConnectionState } from './connection.ts';
import { ReconnectBackoff, type ReconnectOptions } from './reconnect-backoff.ts';

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

/** An open connection, or the terminal event of a run that has no further events. */
export type Source = ReadableStream<Uint8Array> | TerminalEvent;

/**
 * Connects to a run and reconnects: it repeats the request that begins the run until the run is known to have begun.
 */
export class RunConnector {
  /** Known when the first response has arrived. */
  runId: string | null;
  chatId: string | null = null;
  readonly #http: Http;
  readonly #beginning: Beginning | null;
  readonly #settings: StreamSettings;
  readonly #signal: AbortSignal;
  readonly #report: (state: ConnectionState) => void;
  readonly #backoff: ReconnectBackoff;

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
    this.#backoff = new ReconnectBackoff(settings.reconnect, signal, report);
  }

  /** Something arrived: the connection works. */
  renew(): void {
    this.#backoff.reset();
  }

  /** Connects again after the connection was lost. */
  async reconnect(position: number): Promise<Source> {
    const lost = new ChatClientError('network_error', 'The connection was cut.', { retryable: true });
    if (!this.#signal.aborted) await this.#backoff.pause(lost);
    return this.connect(position);
  }

  /** Retries until it succeeds. Throws a ChatClientError when it cannot, `left` when the signal aborts. */
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
        await this.#backoff.pause(failure);
      }
    }
  }

  /** Ends the run, if it is known to have begun. Retries until that succeeds or `isOver()`. */
  async stop(isOver: () => boolean): Promise<void> {
    if (this.runId === null) return;
    // A reader that has left may stop the run, too: its signal does not apply here.
    const backoff = new ReconnectBackoff(this.#settings.reconnect, new AbortController().signal, () => {});
    while (!isOver()) {
      try {
        await this.#http.json(`${pathOfRun(this.runId)}/stop`, { method: 'POST' });
        return;
      } catch (cause) {
        const failure = ChatClientError.from(cause);
        if (!failure.retryable) throw failure;
        await backoff.pause(failure);
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
      // A captive portal's login page, for example: a later attempt may succeed.
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
    // The run may have been begun in another protocol.
    return [`${pathOfRun(runId)}/stream`, { query: { protocol: 'native' }, headers }];
  }

  /** The run has nothing after our position: it ended there, or, after a crash of the server, before it. */
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
