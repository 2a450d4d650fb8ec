import { beginRun } from './asking.ts';
import { type ChatMessage, newQuestion } from './chat-message.ts';
import { type ChatSnapshot, NO_ERROR } from './chat-snapshot.ts';
import { type Asked, OpenChat } from './open-chat.ts';
import type { SessionOptions, SessionRequest } from './session-options.ts';
import { SnapshotStore } from './snapshot-store.ts';

/**
 * One chat as something to show: a store that any framework can subscribe to (CLIENT-4). `open()` loads the chat and
 * follows what it is answering; `close()` releases everything, and the run goes on without it. Both may be repeated.
 */
export class ChatSession {
  readonly #options: SessionOptions;
  readonly #store: SnapshotStore;
  /** Null while the session is closed. */
  #opened: OpenChat | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#store = new SnapshotStore(options.chatId ?? null);
  }

  /** Returns the same object until something has changed. */
  readonly snapshot = (): ChatSnapshot => this.#store.snapshot;

  /** Returns a function that unsubscribes. */
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  open(): void {
    if (this.#opened) return;
    this.#opened = new OpenChat(this.#options, this.#store);
    if (this.snapshot().chatId === null) return;
    this.#store.change({ phase: 'loading', ...NO_ERROR });
    void this.#opened.load();
  }

  close(): void {
    this.#opened?.close();
    this.#opened = null;
  }

  /** Loads the whole chat again, after an error for example. */
  reload(): void {
    this.close();
    this.open();
  }

  /**
   * Looks for what was done to the chat elsewhere, and follows what it is answering. Does nothing while an answer is
   * followed. Never rejects: failures are in the snapshot.
   */
  async refresh(): Promise<void> {
    await this.#opened?.load();
  }

  /** Asks. Returns false, and does nothing, unless the session is open and idle. */
  send(content: string, request: SessionRequest = {}): boolean {
    const { chatId, messages: before } = this.snapshot();
    const { client, workspaceId, mustExist = false, keepUnsent = true } = this.#options;
    const target = { client, chatId, workspaceId, mustExist };
    const question = newQuestion(content);
    return this.#ask({
      content,
      isNew: true,
      messages: [...before, question],
      otherwise: keepUnsent ? [...before, { ...question, status: 'failed' }] : before,
      begin: (options) => beginRun(target, content, request, options),
    });
  }

  /** Answers the last question again. Returns false like `send`, and when there is no question. */
  regenerate(request: Omit<SessionRequest, 'systemPrompt'> = {}): boolean {
    const { chatId, messages: before } = this.snapshot();
    const last = before.findLastIndex(({ role }) => role === 'user');
    const question = before[last];
    if (chatId === null || !question) return false;
    return this.#ask({
      content: question.content,
      isNew: false,
      messages: before.slice(0, last + 1),
      otherwise: before,
      begin: (options) => this.#options.client.regenerate(chatId, request, options),
    });
  }

  /**
   * Asks a question differently; what followed it is superseded. Returns false like `send`, and when there is no such
   * message, or the server's id of it is not known yet (`isStored`).
   */
  edit(messageId: string, content: string, request: Omit<SessionRequest, 'systemPrompt'> = {}): boolean {
    const { chatId, messages: before } = this.snapshot();
    const index = before.findIndex(({ id, isStored }) => isStored && id === messageId);
    if (chatId === null || index === -1) return false;
    const messages: ChatMessage[] = [...before.slice(0, index), newQuestion(content)];
    const begin: Asked['begin'] = (options) =>
      this.#options.client.edit(chatId, messageId, content, request, options);
    return this.#ask({ content, isNew: true, messages, otherwise: before, begin });
  }

  /** Stops the answer that streams; its text stays. Rejects with a ChatClientError when the server cannot be told. */
  async stop(): Promise<void> {
    await this.#opened?.stop();
  }

  /** Gives the chat another title. Rejects with a ChatClientError. */
  async rename(title: string): Promise<void> {
    const { chatId } = this.snapshot();
    if (chatId !== null) this.#store.change({ chat: await this.#options.client.chats.rename(chatId, title) });
  }

  /** Takes the error out of the snapshot. */
  dismissError(): void {
    this.#store.change(NO_ERROR);
  }

  #ask(asked: Asked): boolean {
    return this.#opened?.ask(asked) ?? false;
  }
}
