import { type ChatClient, ChatSession, type ChatSnapshot, type TerminalEvent } from '../../client/index.ts';
import type { AnswerSettings } from '../settings/answer-settings.ts';
import { Cell } from '../shell/store.ts';
import { type Failure, failureIn } from './failures.ts';

export interface ConversationState extends ChatSnapshot {
  /** How many chats were opened here before this one: tells them apart, also new ones without an id. */
  opening: number;
  /** How many questions were asked in it here: each one scrolls the list to its end. */
  asked: number;
  failure: Failure | null;
}

export interface ConversationEvents {
  /** A new chat has got its id. */
  onBegin(chatId: string): void;
  /** An answer has ended; `tookMs` since it was asked for, or since this window began to follow it. */
  onEnd(terminal: TerminalEvent, chat: { id: string; title: string }, tookMs: number): void;
  /** A question could not be asked; its text goes back into the field. */
  onReturn(text: string): void;
  /** That question is to be asked in a new chat, because its own was deleted. */
  onAskAsNew(text: string): void;
}

/** The chat that the page shows: one session of the client at a time, and its errors in sentences. */
export class Conversation {
  readonly state: Cell<ConversationState>;
  readonly #client: ChatClient;
  readonly #settings: AnswerSettings;
  readonly #events: ConversationEvents;
  /** Undefined: a chat without files. */
  readonly #workspaceId: string | undefined;
  #session: ChatSession;
  #unsubscribe: () => void = () => {};

  constructor(
    client: ChatClient,
    settings: AnswerSettings,
    events: ConversationEvents,
    workspaceId?: string,
  ) {
    this.#client = client;
    this.#settings = settings;
    this.#events = events;
    this.#workspaceId = workspaceId;
    this.#session = this.#sessionOf(null);
    this.state = new Cell({ ...this.#session.snapshot(), opening: 0, asked: 0, failure: null });
    this.#openSession();
  }

  /** Shows another chat, and follows what it is answering. Null: a new one, as in the beginning. */
  open(chatId: string | null): void {
    this.close();
    const { answerer, opening } = this.state.value;
    this.#session = this.#sessionOf(chatId);
    const fresh = { opening: opening + 1, asked: 0, failure: null };
    this.state.set({ ...this.#session.snapshot(), answerer, ...fresh });
    this.#openSession();
  }

  /** Loads what other windows did to the chat. */
  refresh(): Promise<void> {
    return this.#session.refresh();
  }

  /** The server can be reached again. */
  async returned(): Promise<void> {
    if (this.state.value.failure?.kind === 'passing') this.dismiss();
    await this.refresh();
  }

  send(content: string): void {
    this.#count(this.#session.send(content, this.#settings.generation()));
  }

  /** Answers the last question again. */
  regenerate(): void {
    this.#count(this.#session.regenerate(this.#settings.generation()));
  }

  /** Edits a question; what followed it is removed. */
  edit(messageId: string, content: string): void {
    this.#count(this.#session.edit(messageId, content, this.#settings.generation()));
  }

  /** A failure is in the state. */
  async stop(): Promise<void> {
    await this.#session.stop().catch(() => {});
  }

  rename(title: string): Promise<void> {
    return this.#session.rename(title);
  }

  dismiss(): void {
    this.#session.dismissError();
  }

  close(): void {
    this.#unsubscribe();
    this.#session.close();
  }

  #sessionOf(chatId: string | null): ChatSession {
    return new ChatSession({
      client: this.#client,
      chatId: chatId ?? undefined,
      workspaceId: this.#workspaceId,
      // The model must be sent what the screen shows: a deleted chat must not begin anew under its old id.
      mustExist: true,
      keepUnsent: false,
      onBegin: (id) => this.#events.onBegin(id),
      onEnd: ({ terminal, chatId: id, chat, tookMs }) =>
        this.#events.onEnd(terminal, { id, title: chat?.title ?? 'Chat' }, tookMs),
    });
  }

  #openSession(): void {
    this.#unsubscribe = this.#session.subscribe(() => this.#show());
    this.#session.open();
  }

  #count(isAsked: boolean): void {
    if (isAsked) this.state.update({ asked: this.state.value.asked + 1 });
  }

  #show(): void {
    const { answerer, unsent } = this.state.value;
    const snapshot = this.#session.snapshot();
    const failure = failureIn(snapshot, {
      retry: () => void this.refresh(),
      askAsNew: (text) => this.#events.onAskAsNew(text),
    });
    this.state.update({ ...snapshot, answerer: snapshot.answerer ?? answerer, failure });
    const returned = snapshot.unsent;
    if (!returned || returned === unsent) return;
    // A regenerated question is still in the list, unless its chat was deleted.
    if (returned.isNew || failure?.kind === 'chat_gone') this.#events.onReturn(returned.content);
  }
}
