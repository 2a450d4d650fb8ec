import { Chats, pathOf } from './chats.ts';
import { RunHandle, type RunOptions } from './handle.ts';
import { type HeadersSource, Http } from './http.ts';
import type { Catalogue, Model } from './models.ts';
import { RECONNECT, type ReconnectOptions } from './patience.ts';
import type { ChatRequest, EditFilesRequest, RegenerateRequest } from './requests.ts';
import { pathOfRun } from './run-connector.ts';
import type { Progress } from './run-stream.ts';
import { uniqueId } from './unique.ts';
import { pathOfWorkspace, Workspaces } from './workspaces.ts';

export interface ChatClientOptions {
  /** Where the service is, `http://127.0.0.1:3000`. Default: the page's own origin. */
  baseUrl?: string;
  /** Default: the global one. */
  fetch?: typeof fetch;
  /** Sent with every request; a function is asked each time, so that tokens can be renewed. */
  headers?: HeadersSource;
  reconnect?: Partial<ReconnectOptions>;
  /**
   * After so many ms without a byte, the server's heartbeats included, a connection is taken for dead and made again.
   * Default 45,000: three heartbeats.
   */
  idleMs?: number;
  /** For answers that are not streams, in ms. Default 30,000. */
  timeoutMs?: number;
}

export interface BeginOptions extends RunOptions {
  /**
   * The same key begins the same run, within a day: for asking again after the page was loaded anew, for example.
   * Default: a random one for each call.
   */
  idempotencyKey?: string;
}

/** `options` of the methods that follow a run: callbacks, and a signal that ends the reading, not the run. */
export interface ChatClient {
  readonly chats: Chats;
  readonly workspaces: Workspaces;
  /** Asks. The request is on its way when this returns. */
  send(request: ChatRequest, options?: BeginOptions): RunHandle;
  /** Follows a run, from its beginning or from what the reader has. */
  follow(run: string | Progress, options?: RunOptions): RunHandle;
  /** Follows what a chat is answering right now, from the beginning of that answer. Null: nothing. */
  followChat(chatId: string, options?: RunOptions): Promise<RunHandle | null>;
  /** A new answer to the last question, or to the one that a message belongs to. */
  regenerate(chatId: string, request?: RegenerateRequest, options?: BeginOptions): RunHandle;
  /** Says a question differently. What followed it is superseded. */
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
  /** What can be asked, and how long it may take. */
  catalogue(options?: { signal?: AbortSignal }): Promise<Catalogue>;
  models(): Promise<readonly Model[]>;
}

/** A client of one server. Clients share nothing; making one opens no connection. Throws when `baseUrl` is no URL. */
export function createChatClient(options: ChatClientOptions = {}): ChatClient {
  const { baseUrl = '', fetch, headers, reconnect, idleMs = 45_000, timeoutMs = 30_000 } = options;
  const http = new Http({ baseUrl, fetch, headers, timeoutMs });
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
    // Without `protocol` the route speaks to editors, in words of their own.
    editFiles: (workspaceId, request, run) =>
      begin(`${pathOfWorkspace(workspaceId)}/edit?protocol=native`, request, run),
    async stop(runId) {
      await http.json(`${pathOfRun(runId)}/stop`, { method: 'POST' });
    },
    catalogue,
    async models() {
      const { models } = await catalogue();
      return models;
    },
  };
}
