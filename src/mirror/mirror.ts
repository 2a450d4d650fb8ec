import type { Logger } from 'pino';
import type { Access } from '../auth/access.ts';
import type { ChatObserver } from '../chat/chat-events.ts';
import type { ChatStore, Turn } from '../chat/store.ts';
import type { Run } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import type { RunResult } from '../runs/store.ts';
import type { ShareDbBackend } from '../sharedb/backend.ts';
import type { Collection } from '../sharedb/collection.ts';
import type { ChatDocument } from './chat-document.ts';
import { FlushScheduler } from './flush-scheduler.ts';
import { MirroredChat, type MirroredChatContext } from './mirrored-chat.ts';
import { MirroredChats } from './mirrored-chats.ts';

export interface MirrorSettings {
  /** Upper limit of messages in a chat's document. */
  maxMessages: number;
  /** How long text is coalesced; ms. */
  flushMs: number;
  /** How long chats without run and viewers stay in memory; ms, 60,000 by default. */
  idleMs?: number;
}

/** What the mirror reads, and where it writes. */
export interface MirrorParts {
  sharedb: ShareDbBackend;
  source: Pick<ChatStore, 'newest'>;
  runs: Pick<Runs, 'activeIn'>;
  access: Pick<Access, 'allows'>;
}

const COLLECTION = 'chats';
const IDLE_MS = 60_000;

/**
 * Shows chats as live documents (MIRROR-1 … 9), as one more reader of each run's log. A document contains what the
 * database contains, plus the text of the live run. Failures are logged, counted and repaired from the database; they
 * do not affect runs.
 */
export class Mirror implements ChatObserver, AsyncDisposable {
  readonly #scheduler: FlushScheduler;
  readonly #chats: MirroredChats;
  #failures = 0;

  /** Registers the collection `chats` with ShareDB. */
  constructor({ sharedb, source, runs, access }: MirrorParts, settings: MirrorSettings, logger: Logger) {
    this.#scheduler = new FlushScheduler(settings.flushMs);
    const collection: Collection<ChatDocument> = {
      name: COLLECTION,
      noun: 'chat',
      permits: (principal, action, chatId) => access.allows(principal, action, 'chat', chatId),
      // A chat that was not in use may have changed since, or have no document yet.
      prepare: (chatId) => this.#chats.use(chatId).prepare(),
      watched: (chatId) => this.#chats.use(chatId).watch(),
      unwatched: (chatId) => this.#chats.use(chatId).unwatch(),
    };
    const context: MirroredChatContext = {
      source,
      maxMessages: settings.maxMessages,
      scheduler: this.#scheduler,
      documents: sharedb.register(collection),
      onFailure: (chatId, err) => {
        this.#failures += 1;
        logger.error({ err, chatId, failures: this.#failures }, 'mirroring a chat failed');
      },
      onIdle: (chat) => this.#chats.idle(chat),
    };
    this.#chats = new MirroredChats((chatId) => {
      const chat = new MirroredChat(chatId, context);
      const run = runs.activeIn(chatId);
      if (run && !run.log.terminal) chat.follow(run);
      return chat;
    }, settings.idleMs ?? IDLE_MS);
  }

  /** Number of failures since the start. */
  get failures(): number {
    return this.#failures;
  }

  /** How many chats are in memory. */
  get chatsInMemory(): number {
    return this.#chats.size;
  }

  // A chat that is not in use is not followed: its document is updated at the next use (MIRROR-6).

  turnStored(turn: Turn): void {
    this.#chats.find(turn.chat.id)?.turnStored(turn);
  }

  runStarted(run: Run): void {
    this.#chats.find(run.description.chatId)?.follow(run);
  }

  resultStored(result: RunResult): void {
    this.#chats.find(result.chatId)?.resultStored(result);
  }

  chatChanged(chatId: string): void {
    void this.refresh(chatId);
  }

  /**
   * The chat has changed in the database. Resolves when its document, if there is one, is up to date; never rejects.
   */
  refresh(chatId: string): Promise<void> {
    return this.#chats.use(chatId).refresh();
  }

  /** Resolves when no work is pending. */
  settled(): Promise<void> {
    return this.#chats.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled();
    this.#chats[Symbol.dispose]();
    this.#scheduler[Symbol.dispose]();
  }
}
