import { ChatClientError } from '../errors.ts';
import type { Progress } from '../run/run-stream.ts';
import { ChatHistory, type LoadedChat } from './chat-history.ts';
import { newAnswer, withStored } from './chat-message.ts';
import { NO_ERROR } from './chat-snapshot.ts';
import type { SessionOptions } from './session-options.ts';
import type { SnapshotStore } from './snapshot-store.ts';

interface LoadOptions {
  signal: AbortSignal;
  /** False: what was loaded is out of date, because a run has begun meanwhile, or the session was closed. */
  isCurrent(): boolean;
  /** Which failures the snapshot shows. */
  isReported(error: ChatClientError): boolean;
}

/** Loads a chat from the server into the store of its session. */
export class ChatLoader {
  readonly #options: SessionOptions;
  readonly #store: SnapshotStore;
  #history: ChatHistory | null = null;

  constructor(options: SessionOptions, store: SnapshotStore) {
    this.#options = options;
    this.#store = store;
  }

  /** Reads what is new. Resolves with the run that the chat is answering by, if any, and what is known of it. */
  async load({ signal, isCurrent, isReported }: LoadOptions): Promise<Progress | null> {
    const { chatId } = this.#store.snapshot;
    if (chatId === null) return null;
    if (this.#history?.chatId !== chatId) this.#history = new ChatHistory(this.#options.client.chats, chatId);
    try {
      const loaded = await this.#history.load(signal);
      return isCurrent() ? this.#show(loaded) : null;
    } catch (cause) {
      const error = ChatClientError.from(cause);
      if (isCurrent()) this.#failed(error, isReported(error));
      return null;
    }
  }

  #show({ chat, messages, activeRun }: LoadedChat): Progress | null {
    const { messages: shown, failedStep } = this.#store.snapshot;
    const all = withStored(messages, shown);
    const hasAnswer = !activeRun || all.at(-1)?.status === 'streaming';
    this.#store.change({
      chat,
      missing: false,
      messages: hasAnswer ? all : [...all, newAnswer()],
      // An answer that failed stays failed, however often the chat is loaded.
      ...(failedStep === 'answer' ? {} : NO_ERROR),
      ...(activeRun ? {} : { phase: 'idle' }),
    });
    if (!activeRun) return null;
    const { content, reasoning } = messages.find(({ status }) => status === 'streaming') ?? {};
    return { ...activeRun, content, reasoning: reasoning ?? undefined };
  }

  #failed(error: ChatClientError, isReported: boolean): void {
    const { failedStep, error: known, missing } = this.#store.snapshot;
    const isMissing = error.code === 'not_found';
    const isExpected = isMissing && !this.#options.mustExist;
    // That a question was refused because its chat is gone says more than that the chat cannot be loaded.
    const isKnown = missing && failedStep === 'asking' && known?.code === 'not_found';
    const isShown = isReported && !isExpected && !isKnown;
    this.#store.change({
      phase: 'idle',
      missing: missing || isMissing,
      ...(isShown ? { error, failedStep: 'loading', unsent: null } : {}),
    });
  }
}
