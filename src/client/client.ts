import type { Catalogue, ListedModel } from '../wire/models.ts';
import type { ChatRequest, EditFilesRequest, RegenerateRequest } from '../wire/requests.ts';
import type { LiveRun, LiveRuns, RunView } from '../wire/runs.ts';
import type { UsageReport } from '../wire/usage.ts';
import { Chats, pathOf } from './chats.ts';
import type { AuthSource } from './credential.ts';
import { type HeadersSource, Http } from './http.ts';
import { LiveEvents, type LiveEventsOptions } from './live/live-events.ts';
import { LiveSocket, type LiveSocketOptions } from './live/live-socket.ts';
import { uniqueId } from './random-id.ts';
import { RECONNECT, type ReconnectOptions } from './run/reconnect-backoff.ts';
import { pathOfRun } from './run/run-connector.ts';
import { RunHandle, type RunOptions } from './run/run-handle.ts';
import type { Progress } from './run/run-stream.ts';
import { type AddressOptions, addressOf } from './tickets.ts';
import { pathOfWorkspace, Workspaces } from './workspaces.ts';

export interface ChatClientOptions {
  /** Where the service is, `http://127.0.0.1:3000`. Default: the page's own origin. */
  baseUrl?: string;
  /** Default: the global one. */
  fetch?: typeof fetch;
  /**
   * An API key, or a token, which is sent with every request as `Authorization: Bearer`. A function is called for each
   * request; when the server refuses what it returned (401), it is called once more, with `refresh: true`, and the
   * request is repeated. A second refusal is a ChatClientError `unauthenticated`.
   */
  auth?: AuthSource | undefined;
  /** Sent with every request; a function is called for each request. */
  headers?: HeadersSource;
  reconnect?: Partial<ReconnectOptions>;
  /**
   * After so many ms without a byte (heartbeats count) a connection is considered dead, and the client reconnects.
   * Default 45,000: three heartbeats.
   */
  idleMs?: number;
  /** For responses that are not streams, in ms. Default 30,000. */
  timeoutMs?: number;
}

export interface BeginOptions extends RunOptions {
  /**
   * The same key begins the same run, within a day: to repeat a request after a reload of the page, for example.
   * Default: a random one for each call.
   */
  idempotencyKey?: string;
}

/** Both are dates or moments, `2026-11-21` or `2026-11-21T12:00:00Z`. Default: the last 30 days. */
export interface UsageOptions {
  from?: string;
  to?: string;
  /** Of chats and of runs, 1 to 1000. Default 100. */
  limit?: number;
  signal?: AbortSignal;
}

/** `options` of the methods that follow a run: callbacks, and a signal that ends the reading, not the run. */
export interface ChatClient {
  readonly chats: Chats;
  readonly workspaces: Workspaces;
  /** Sends a question. The request has been started when this returns. */
  send(request: ChatRequest, options?: BeginOptions): RunHandle;
  /** Reads a run, from its beginning or from the reader's position. */
  follow(run: string | Progress, options?: RunOptions): RunHandle;
  /** Reads the active run of a chat from its beginning. Null: there is none. */
  followChat(chatId: string, options?: RunOptions): Promise<RunHandle | null>;
  /** A new answer to the last question, or to the one that a message belongs to. */
  regenerate(chatId: string, request?: RegenerateRequest, options?: BeginOptions): RunHandle;
  /** Edits a question and answers it. What followed it is superseded. */
  edit(
    chatId: string,
    messageId: string,
    content: string,
    request?: Omit<RegenerateRequest, 'messageId'>,
    options?: BeginOptions,
  ): RunHandle;
  /** Asks the model to change the files of a workspace. They change in its document while the run goes on. */
  editFiles(workspaceId: string, request: EditFilesRequest, options?: BeginOptions): RunHandle;
  stop(runId: string): Promise<void>;
  /** A run as it is now: its model, and how it ended. */
  run(runId: string, options?: { signal?: AbortSignal }): Promise<RunView>;
  /** The runs of this user that live now. */
  liveRuns(options?: { signal?: AbortSignal }): Promise<readonly LiveRun[]>;
  /** What was used of the models, and what it cost. */
  usage(options?: UsageOptions): Promise<UsageReport>;
  /** The available models, and the server's timeouts. */
  catalogue(options?: { signal?: AbortSignal }): Promise<Catalogue>;
  models(): Promise<readonly ListedModel[]>;
  /**
   * The address of a path with a ticket for it: for one request that cannot have headers, such as a link, within a
   * minute. Without `auth` and `share` the address alone; then nothing is requested.
   */
  address(path: string, options?: AddressOptions): Promise<string>;
  /** A WebSocket for ShareDB's `Connection`. Each connection has a fresh ticket. */
  liveSocket(options?: LiveSocketOptions & Pick<AddressOptions, 'share' | 'onAccess'>): LiveSocket;
  /**
   * The events of a path as an `EventSource` reads them, `/api/v1/llm/complete/stream` for example. Each connection has
   * a fresh ticket, and goes on after the last event (`after` in its query). `send` and `follow` need none of that.
   */
  liveEvents(path: string, options: LiveEventsOptions & Pick<AddressOptions, 'query'>): LiveEvents;
}

/**
 * A client of one server. Clients share nothing; making one opens no connection. Throws when `baseUrl` is not a URL.
 */
export function createChatClient(options: ChatClientOptions = {}): ChatClient {
  const { baseUrl = '', fetch, auth, headers, reconnect, idleMs = 45_000, timeoutMs = 30_000 } = options;
  const http = new Http({ baseUrl, fetch, auth, headers, timeoutMs });
  const settings = { reconnect: { ...RECONNECT, ...reconnect }, idleMs };
  const chats = new Chats(http);

  const begin = (path: string, body: unknown, { idempotencyKey = uniqueId(), ...run }: BeginOptions = {}) =>
    new RunHandle(http, { path, body, idempotencyKey }, settings, run);
  const follow = (run: string | Progress, options?: RunOptions) =>
    new RunHandle(http, typeof run === 'string' ? { runId: run } : run, settings, options);

  const catalogue = ({ signal }: { signal?: AbortSignal } = {}) =>
    http.json<Catalogue>('/api/models', { signal });

  return {
    chats,
    workspaces: new Workspaces(http),
    follow,
    send: (request, run) => begin('/api/chat', request, run),
    regenerate: (chatId, request = {}, run) => begin(`${pathOf(chatId)}/regenerate`, request, run),
    edit: (chatId, messageId, content, request = {}, run) =>
      begin(`${pathOf(chatId)}/edit`, { ...request, messageId, content }, run),
    async followChat(chatId, run) {
      const signal = run?.signal;
      const { activeRun } = await chats.get(chatId, { limit: 1, ...(signal ? { signal } : {}) });
      return activeRun && follow(activeRun.runId, run);
    },
    // Without `protocol` the route uses the event names of the edit protocol.
    editFiles: (workspaceId, request, run) =>
      begin(`${pathOfWorkspace(workspaceId)}/edit?protocol=native`, request, run),
    async stop(runId) {
      await http.json(`${pathOfRun(runId)}/stop`, { method: 'POST' });
    },
    run: (runId, { signal } = {}) => http.json(pathOfRun(runId), { signal }),
    address: (path, options) => addressOf(http, path, options),
    liveSocket: ({ share, onAccess, ...options } = {}) =>
      new LiveSocket(() => addressOf(http, '/sharedb', { share, onAccess }), options),
    liveEvents: (path, { query, ...options }) =>
      new LiveEvents((after) => addressOf(http, path, { query: { ...query, after } }), options),
    async liveRuns({ signal } = {}) {
      const { runs } = await http.json<LiveRuns>('/api/runs', { query: { status: 'live' }, signal });
      return runs;
    },
    usage: ({ signal, ...query } = {}) => http.json('/api/usage', { query, signal }),
    catalogue,
    async models() {
      const { models } = await catalogue();
      return models;
    },
  };
}
