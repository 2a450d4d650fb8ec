import { guarded } from './callbacks.ts';
import type { MessageStatus } from './chats.ts';
import type { ChatClient } from './client.ts';
import type { ConnectionState } from './connection.ts';
import { ChatClientError } from './errors.ts';
import type { ClientEvent, TerminalEvent } from './events.ts';
import type { RunHandle } from './handle.ts';
import { loadChat } from './load-chat.ts';
import type { GenerationOptions } from './requests.ts';
import { type ChatMessage, type ChatSnapshot, shown, statusOf } from './snapshot.ts';
import { throttled } from './throttled.ts';
import { uniqueId } from './unique.ts';

/** The part of a snapshot that is not put together from the messages and the run. */
type State = Omit<ChatSnapshot, 'messages' | 'streaming'>;

export interface SessionOptions {
  client: ChatClient;
  /** Absent: a new chat. */
  chatId?: string | undefined;
  /** While text streams, listeners hear of it at most this often. Default 32 ms. */
  refreshMs?: number | undefined;
}

export interface SessionRequest {
  model?: string;
  options?: GenerationOptions;
  /** Replaces the chat's. */
  systemPrompt?: string;
}

/**
 * One chat as something to show: a store that any framework can subscribe to (CLIENT-4). `open()` loads the chat and
 * follows what it is answering; `close()` releases everything, and the run goes on without it. Both may be repeated.
 */
export class ChatSession {
  readonly #client: ChatClient;
  readonly #listeners = new Set<() => void>();
  readonly #refresh: { soon(): void; now(): void; cancel(): void };
  /** All messages but the one that streams. */
  #settled: readonly ChatMessage[] = [];
  #run: RunHandle | null = null;
  #runMessageId = '';
  #state: State;
  #snapshot: ChatSnapshot;
  #lifetime: AbortController | null = null;

  constructor({ client, chatId, refreshMs = 32 }: SessionOptions) {
    this.#client = client;
    this.#state = {
      chatId: chatId ?? null,
      phase: 'idle',
      progress: null,
      status: null,
      connection: { state: 'closed' },
      error: null,
    };
    this.#snapshot = this.#compose();
    this.#refresh = throttled(refreshMs, () => this.#publish());
  }

  /** The same object until something has changed. */
  readonly snapshot = (): ChatSnapshot => this.#snapshot;

  /** The answer undoes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  open(): void {
    if (this.#lifetime) return;
    this.#lifetime = new AbortController();
    if (this.#state.chatId !== null) this.#load(this.#state.chatId, this.#lifetime.signal);
  }

  close(): void {
    this.#lifetime?.abort();
    this.#lifetime = null;
    this.#settle('streaming');
    this.#change({ phase: 'idle' });
    this.#refresh.cancel();
  }

  /** Loads the chat again, after an error for example. */
  reload(): void {
    this.close();
    this.open();
  }

  /** Asks. Answers false, and does nothing, unless the session is open and idle. */
  send(content: string, { systemPrompt, ...request }: SessionRequest = {}): boolean {
    const signal = this.#idle();
    if (!signal) return false;
    const asked: ChatMessage = { id: uniqueId(), role: 'user', status: 'complete', content, reasoning: null };
    const before = this.#settled;
    this.#settled = [...before, asked];
    const system = systemPrompt === undefined ? [] : [{ role: 'system' as const, content: systemPrompt }];
    const { chatId } = this.#state;
    const run = this.#client.send(
      {
        ...request,
        ...(chatId === null ? {} : { chatId }),
        messages: [...system, { role: 'user', content }],
      },
      this.#runOptions(signal),
    );
    this.#follow(run, signal, [...before, { ...asked, status: 'failed' }]);
    return true;
  }

  /** Answers the last question again. Answers false like `send`, and when there is no question. */
  regenerate(request: Omit<SessionRequest, 'systemPrompt'> = {}): boolean {
    const { chatId } = this.#state;
    const question = this.#settled.findLastIndex(({ role }) => role === 'user');
    const signal = this.#idle();
    if (!signal || chatId === null || question === -1) return false;
    const before = this.#settled;
    this.#settled = before.slice(0, question + 1);
    this.#follow(this.#client.regenerate(chatId, request, this.#runOptions(signal)), signal, before);
    return true;
  }

  /** Stops the answer that streams; its text stays. Rejects with a ChatClientError when the server cannot be told. */
  async stop(): Promise<void> {
    await this.#run?.stop();
  }

  #idle(): AbortSignal | null {
    return this.#state.phase === 'idle' && this.#lifetime ? this.#lifetime.signal : null;
  }

  #runOptions(signal: AbortSignal) {
    const onConnection = (connection: ConnectionState) => {
      if (!signal.aborted) this.#change({ connection });
    };
    return { signal, onConnection };
  }

  async #load(chatId: string, signal: AbortSignal): Promise<void> {
    this.#change({ phase: 'loading', error: null });
    try {
      const { messages, activeRun } = await loadChat(this.#client.chats, chatId, signal);
      if (signal.aborted) return;
      const streaming = activeRun ? messages.find(({ status }) => status === 'streaming') : undefined;
      this.#settled = messages.filter((message) => message !== streaming).map(shown);
      if (!activeRun) {
        this.#change({ phase: 'idle' });
        return;
      }
      const { content, reasoning } = streaming ?? {};
      this.#runMessageId = streaming?.id ?? '';
      const progress = { ...activeRun, content, reasoning: reasoning ?? undefined };
      this.#follow(this.#client.follow(progress, this.#runOptions(signal)), signal, this.#settled);
    } catch (cause) {
      if (!signal.aborted) this.#change({ phase: 'idle', error: ChatClientError.from(cause) });
    }
  }

  /** `otherwise`: the messages if it turns out that the run never began. */
  async #follow(run: RunHandle, signal: AbortSignal, otherwise: readonly ChatMessage[]): Promise<void> {
    this.#run = run;
    const connection = run.connection;
    this.#change({ phase: 'answering', error: null, progress: null, status: null, connection });
    try {
      for await (const event of run) {
        if (signal.aborted) return;
        this.#note(event);
      }
    } catch (cause) {
      if (signal.aborted) return;
      const began = run.runId !== null;
      // It may be going on where we cannot see it.
      this.#settle('interrupted');
      if (!began) this.#settled = otherwise;
      this.#change({ phase: 'idle', error: ChatClientError.from(cause) });
    }
  }

  #note(event: ClientEvent): void {
    switch (event.type) {
      case 'start':
        this.#runMessageId = event.messageId;
        this.#change({ chatId: event.chatId });
        break;
      case 'status':
        this.#change({ status: event });
        break;
      case 'progress':
        this.#state = { ...this.#state, progress: event };
        this.#refresh.soon();
        break;
      case 'content':
      case 'reasoning':
        this.#state = { ...this.#state, status: null };
        this.#refresh.soon();
        break;
      case 'file_start':
      case 'file_complete':
      case 'file_delete':
      case 'status_update':
        break;
      case 'redact':
      case 'cut':
        this.#refresh.now();
        break;
      case 'complete':
      case 'stopped':
      case 'error':
        this.#end(event);
    }
  }

  #end(terminal: TerminalEvent): void {
    this.#settle(statusOf(terminal));
    const error = terminal.type === 'error' ? ChatClientError.fromEvent(terminal) : null;
    this.#change({ phase: 'idle', status: null, error });
  }

  /** The answer that streamed is a message like any other from now on. */
  #settle(status: MessageStatus): void {
    const message = this.#streaming();
    this.#run = null;
    this.#runMessageId = '';
    if (message) this.#settled = [...this.#settled, { ...message, status }];
  }

  #streaming(): ChatMessage | null {
    if (!this.#run) return null;
    const { content, reasoning } = this.#run;
    return {
      id: this.#runMessageId,
      role: 'assistant',
      status: 'streaming',
      content,
      reasoning: reasoning || null,
    };
  }

  #change(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.#refresh.now();
  }

  #compose(): ChatSnapshot {
    const streaming = this.#streaming();
    return {
      ...this.#state,
      streaming,
      messages: streaming ? [...this.#settled, streaming] : this.#settled,
    };
  }

  #publish(): void {
    this.#snapshot = this.#compose();
    for (const listener of this.#listeners) guarded(listener);
  }
}
