import { ChatClientError } from '../errors.ts';
import { guarded } from '../run/run-callbacks.ts';
import type { RunHandle, RunOptions } from '../run/run-handle.ts';
import { ChatLoader } from './chat-loader.ts';
import { type ChatMessage, ended, newAnswer } from './chat-message.ts';
import { NO_ERROR, type UnsentQuestion } from './chat-snapshot.ts';
import { followAnswer } from './follow-answer.ts';
import type { SessionOptions } from './session-options.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export type BeginRun = (options: RunOptions) => RunHandle;

/** A question that is asked in this session. */
export interface Asked extends UnsentQuestion {
  begin: BeginRun;
  /** The messages while it is answered, without the answer. */
  messages: readonly ChatMessage[];
  /** The messages if the server refuses it. */
  otherwise: readonly ChatMessage[];
}

/** A chat session from `open()` to `close()`: loads the chat, follows its answers, one at a time. */
export class OpenChat {
  readonly #options: SessionOptions;
  readonly #store: SnapshotStore;
  readonly #loader: ChatLoader;
  readonly #closing = new AbortController();
  #run: RunHandle | null = null;
  /** How many runs were followed so far: what was loaded before the last of them is out of date. */
  #runs = 0;

  constructor(options: SessionOptions, store: SnapshotStore) {
    this.#options = options;
    this.#store = store;
    this.#loader = new ChatLoader(options, store);
  }

  close(): void {
    this.#closing.abort();
    this.#run = null;
    this.#store.change({ phase: 'idle', answering: null });
  }

  /** Loads what is new, unless a run is followed, and follows what the chat is answering. */
  async load(isReported = (_error: ChatClientError) => true): Promise<void> {
    const { signal } = this.#closing;
    if (this.#run || signal.aborted) return;
    const before = this.#runs;
    const isCurrent = () => this.#runs === before && !signal.aborted;
    const progress = await this.#loader.load({ signal, isCurrent, isReported });
    if (!progress || !isCurrent()) return;
    const { client, workspaceId } = this.#options;
    // What a run did to the files of a workspace is in its events only: it is read from its beginning.
    const from = workspaceId === undefined ? progress : progress.runId;
    void this.#follow((options) => client.follow(from, options), null);
    void this.#loadAnswerer(progress.runId);
  }

  /** Returns false, and does nothing, unless the chat is idle. */
  ask(asked: Asked): boolean {
    if (this.#store.snapshot.phase !== 'idle') return false;
    this.#store.change({ messages: [...asked.messages, newAnswer()] });
    void this.#follow(asked.begin, asked);
    return true;
  }

  /** Stops the run, for everybody. Rejects with a ChatClientError when the server cannot be told. */
  async stop(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    this.#store.change({ answering: this.#store.answering({ stopping: true }) });
    try {
      await run.stop();
    } catch (cause) {
      const error = ChatClientError.from(cause);
      // The run goes on, and can be stopped again.
      const answering = this.#store.answering({ stopping: false });
      if (this.#run === run) this.#store.change({ answering, error, failedStep: 'stopping', unsent: null });
      throw error;
    }
  }

  /** Follows a run to its end, and loads the chat again then. `asked`: null for a run that was going on already. */
  async #follow(begin: BeginRun, asked: Asked | null): Promise<void> {
    const { signal } = this.#closing;
    const startedAt = performance.now();
    const onConnection: RunOptions['onConnection'] = (connection) => {
      if (!signal.aborted) this.#store.change({ connection });
    };
    const run = begin({ signal, onConnection });
    this.#run = run;
    this.#runs += 1;
    this.#store.change({
      ...NO_ERROR,
      phase: 'answering',
      answering: { startedAt, silentSince: asked && startedAt, stopping: false, lastStatus: null },
      progress: null,
      status: null,
      connection: run.connection,
    });
    try {
      await this.#followToEnd(run, startedAt);
    } catch (cause) {
      if (signal.aborted) return;
      this.#run = null;
      const error = ChatClientError.from(cause);
      if (run.runId === null && asked) await this.#refused(asked, error);
      else this.#lost(error);
    }
  }

  async #followToEnd(run: RunHandle, startedAt: number): Promise<void> {
    const { refreshMs = 32, onBegin, onEnd } = this.#options;
    const { signal } = this.#closing;
    const known = this.#store.snapshot.chatId;
    const terminal = await followAnswer(run, this.#store, {
      refreshMs,
      signal,
      onStart: ({ chatId }) => {
        if (chatId !== known) guarded(() => onBegin?.(chatId));
      },
    });
    if (!terminal || signal.aborted) return;
    this.#run = null;
    const tookMs = performance.now() - startedAt;
    const error = terminal.type === 'error' ? ChatClientError.fromEvent(terminal) : null;
    this.#store.change({
      phase: 'idle',
      answering: null,
      status: null,
      messages: this.#store.withLast((last) => ({ ...ended(last, terminal), runId: run.runId })),
      ...(error ? { error, failedStep: 'answer', unsent: null } : {}),
    });
    // The server's ids, and its title for a new chat. The answer is there without them.
    await this.load((failure) => !failure.retryable);
    const { chatId, chat } = this.#store.snapshot;
    if (chatId !== null && !signal.aborted) guarded(() => onEnd?.({ terminal, chatId, chat, tookMs }));
  }

  async #refused({ content, isNew, otherwise }: Asked, error: ChatClientError): Promise<void> {
    const unsent = { content, isNew };
    const refusal = { error, failedStep: 'asking', unsent } as const;
    if (this.#options.keepUnsent ?? true) {
      this.#store.change({ phase: 'idle', answering: null, messages: otherwise, ...refusal });
      return;
    }
    this.#store.change({ phase: 'idle', answering: null, messages: otherwise });
    // Another window may have changed, or deleted, the chat.
    await this.load(() => false);
    if (!this.#closing.signal.aborted) this.#store.change(refusal);
  }

  /** The run may be going on where it cannot be seen. */
  #lost(error: ChatClientError): void {
    const messages = this.#store.withLast((last) => ({ ...last, status: 'interrupted' }));
    this.#store.change({
      phase: 'idle',
      answering: null,
      messages,
      error,
      failedStep: 'following',
      unsent: null,
    });
  }

  /** Whoever joins a run in the middle has missed the event that names the model. */
  async #loadAnswerer(runId: string): Promise<void> {
    const { signal } = this.#closing;
    try {
      const { model, provider } = await this.#options.client.run(runId, { signal });
      if (!signal.aborted) this.#store.change({ answerer: { model, provider } });
    } catch {
      // The answer is there without it.
    }
  }
}
