import {
  type ChatClient,
  ChatClientError,
  type FileEvent,
  type RunHandle,
  type RunOptions,
  type TerminalEvent,
} from '../../client/index.ts';
import { throttled } from '../../client/throttled.ts';
import type { AnswerSettings } from '../settings/answer-settings.ts';
import { Cell } from '../shell/store.ts';
import { type Answerer, type ConversationState, EMPTY, type ShownMessage } from './conversation-state.ts';
import { withFileEvent } from './edited-files.ts';
import { History } from './history.ts';
import { sentenceOf } from './sentences.ts';
import { answer, ended, question, shown } from './shown-messages.ts';
import { chatting, type Subject } from './subject.ts';

/** In ms. */
const TEXT_MS = 32;

export interface ConversationEvents {
  /** A new chat has got its address. */
  onBegin(chatId: string): void;
  /** An answer has ended; `tookMs` since it was asked for, or since this window began to follow it. */
  onEnd(terminal: TerminalEvent, chat: { id: string; title: string }, tookMs: number): void;
  /** A question could not be asked: here is its text back. */
  onReturn(text: string): void;
}

/**
 * The chat that the page shows: what the server has of it, and the answer that is on its way. All that is kept here can
 * be thrown away and loaded again; the server knows better.
 */
export class Conversation {
  readonly state = new Cell<ConversationState>(EMPTY);
  readonly #client: ChatClient;
  readonly #events: ConversationEvents;
  readonly #settings: AnswerSettings;
  readonly #subject: Subject;
  /** New text is shown this often at most; drawing it has a pace of its own. */
  readonly #text = throttled(TEXT_MS, () => this.#write());
  #history: History | null = null;
  #handle: RunHandle | null = null;
  /** Aborted when another chat is shown. */
  #showing = new AbortController();

  constructor(
    client: ChatClient,
    settings: AnswerSettings,
    events: ConversationEvents,
    subject: Subject = chatting(client, settings),
  ) {
    this.#client = client;
    this.#settings = settings;
    this.#subject = subject;
    this.#events = events;
  }

  /** Shows a chat, and follows what it is answering. Null: a new one. */
  async open(chatId: string | null): Promise<void> {
    this.#leave();
    const { answerer, opening } = this.state.value;
    this.state.set({ ...EMPTY, opening: opening + 1, chatId, answerer, loading: chatId !== null });
    this.#history = chatId === null ? null : new History(this.#client.chats, chatId);
    await this.refresh();
  }

  /** Looks for what other windows did to the chat. While an answer comes there is nothing to look for. */
  async refresh(): Promise<void> {
    const { signal } = this.#showing;
    if (!this.#history || this.#handle) return;
    try {
      const { chat, messages, activeRun } = await this.#history.load(signal);
      if (signal.aborted || this.#handle) return;
      this.state.update({ chat, messages: shown(messages, this.state.value.messages), loading: false });
      this.state.update({ failure: null });
      if (!activeRun) return;
      const { content, reasoning } = messages.find(({ status }) => status === 'streaming') ?? {};
      const known = { ...activeRun, content: content ?? '', reasoning: reasoning ?? '' };
      const run = this.#subject.wholeRuns ? activeRun.runId : known;
      this.#follow((options) => this.#client.follow(run, options));
      this.#askWhoAnswers(activeRun.runId, signal);
    } catch (cause) {
      if (signal.aborted) return;
      const remedy = { label: 'Try again', run: () => void this.refresh() };
      this.state.update({ loading: false, failure: { message: sentenceOf(cause), remedy } });
    }
  }

  send(content: string): void {
    const { chatId, messages } = this.state.value;
    this.#ask([...messages, question(content)], content, (options) =>
      this.#subject.ask(chatId, content, options),
    );
  }

  /** Answers the last question once more. */
  regenerate(): void {
    const { chatId, messages } = this.state.value;
    const last = messages.findLastIndex(({ role }) => role === 'user');
    if (chatId === null || last === -1) return;
    this.#ask(messages.slice(0, last + 1), null, (options) =>
      this.#client.regenerate(chatId, this.#settings.generation(), options),
    );
  }

  /** Asks differently; what followed the question goes. */
  edit(messageId: string, content: string): void {
    const { chatId, messages } = this.state.value;
    const index = messages.findIndex(({ id }) => id === messageId);
    if (chatId === null || index === -1) return;
    this.#ask([...messages.slice(0, index), question(content)], null, (options) =>
      this.#client.edit(chatId, messageId, content, this.#settings.generation(), options),
    );
  }

  async stop(): Promise<void> {
    const { answering } = this.state.value;
    if (!this.#handle || !answering) return;
    this.state.update({ answering: { ...answering, stopping: true } });
    try {
      await this.#handle.stop();
    } catch (cause) {
      this.state.update({ failure: { message: sentenceOf(cause), remedy: null } });
    }
  }

  /** The chat got another title. */
  renamed(title: string): void {
    const { chat } = this.state.value;
    if (chat) this.state.update({ chat: { ...chat, title } });
  }

  dismiss(): void {
    this.state.update({ failure: null });
  }

  close(): void {
    this.#leave();
  }

  #leave(): void {
    this.#showing.abort();
    this.#showing = new AbortController();
    this.#handle?.leave();
    this.#handle = null;
    this.#text.cancel();
  }

  /** `returned`: what to give back if the question cannot be asked. */
  #ask(
    messages: readonly ShownMessage[],
    returned: string | null,
    begin: (options: RunOptions) => RunHandle,
  ): void {
    if (this.#handle) return;
    const before = this.state.value.messages;
    this.state.update({ messages: [...messages, answer()] });
    this.#follow(begin, () => {
      this.state.update({ messages: before });
      if (returned !== null) this.#events.onReturn(returned);
    });
  }

  #follow(begin: (options: RunOptions) => RunHandle, undo?: () => void): void {
    const { signal } = this.#showing;
    const startedAt = performance.now();
    this.state.update({
      failure: null,
      answering: {
        startedAt,
        // Only who asked knows since when nothing comes.
        silentSince: undo ? startedAt : null,
        remark: null,
        connection: { state: 'connecting' },
        stopping: false,
      },
    });
    const handle = begin({
      signal,
      onStart: ({ chatId, model, provider }) => {
        this.state.update({ answerer: { model, provider } });
        if (this.state.value.chatId !== chatId) this.#begun(chatId);
      },
      onContent: this.#text.soon,
      onReasoning: this.#text.soon,
      onFile: (event) => this.#noteFile(event),
      onRedact: this.#text.now,
      onCut: this.#text.now,
      onStatus: ({ message, attempt, of, retryInMs }) =>
        this.#note({
          remark: `${message} (attempt ${attempt} of ${of})`,
          silentSince: performance.now() + retryInMs,
        }),
      onConnection: (connection) => {
        if (connection.state !== 'closed') this.#note({ connection });
      },
    });
    this.#handle = handle;
    handle.done.then(
      (terminal) => this.#ended(handle, terminal, performance.now() - startedAt),
      (cause: unknown) => this.#failed(handle, ChatClientError.from(cause), undo),
    );
  }

  #note(change: Partial<NonNullable<ConversationState['answering']>>): void {
    const { answering } = this.state.value;
    if (answering) this.state.update({ answering: { ...answering, ...change } });
  }

  #write(): void {
    if (!this.#handle) return;
    const { content, reasoning } = this.#handle;
    const { messages } = this.state.value;
    const last = messages.at(-1);
    if (last) this.state.update({ messages: [...messages.slice(0, -1), { ...last, content, reasoning }] });
    this.#note({ silentSince: performance.now() });
  }

  #noteFile(event: FileEvent): void {
    const { messages } = this.state.value;
    const last = messages.at(-1);
    if (!last) return;
    const files = withFileEvent(last.files ?? [], event);
    const remarks = event.type === 'status_update' ? [...(last.remarks ?? []), event.status] : last.remarks;
    this.state.update({
      messages: [...messages.slice(0, -1), { ...last, files, ...(remarks ? { remarks } : {}) }],
    });
    // While a file is written nothing is said here: that is no silence.
    this.#note({ silentSince: event.type === 'file_start' ? null : performance.now() });
  }

  #begun(chatId: string): void {
    this.#history = new History(this.#client.chats, chatId);
    this.state.update({ chatId });
    this.#events.onBegin(chatId);
  }

  async #ended(handle: RunHandle, terminal: TerminalEvent, tookMs: number): Promise<void> {
    if (this.#handle !== handle) return;
    this.#write();
    this.#handle = null;
    const { messages } = this.state.value;
    const { timeouts } = this.#settings.state.value;
    const last = messages.at(-1);
    if (last) {
      this.state.update({
        messages: [...messages.slice(0, -1), ended({ ...last, runId: handle.runId }, terminal, timeouts)],
      });
    }
    this.state.update({ answering: null });
    // The server's ids, and its title for a new chat.
    await this.refresh();
    const { chatId, chat } = this.state.value;
    if (chatId !== null) this.#events.onEnd(terminal, { id: chatId, title: chat?.title ?? 'Chat' }, tookMs);
  }

  async #failed(handle: RunHandle, error: ChatClientError, undo?: () => void): Promise<void> {
    if (this.#handle !== handle) return;
    this.#handle = null;
    this.state.update({ answering: null });
    // Whether the question arrived is known only if there is a run.
    if (handle.runId === null) undo?.();
    await this.refresh();
    const remedy = error.retryable ? { label: 'Try again', run: () => void this.refresh() } : null;
    this.state.update({ failure: { message: sentenceOf(error), remedy } });
  }

  /** A run that is joined in the middle does not say who answers. */
  async #askWhoAnswers(runId: string, signal: AbortSignal): Promise<void> {
    try {
      const response = await fetch(`/api/runs/${encodeURIComponent(runId)}`, { signal });
      if (!response.ok) return;
      const { model, provider }: Answerer = await response.json();
      this.state.update({ answerer: { model, provider } });
    } catch {
      // Nice to know, and no more.
    }
  }
}
