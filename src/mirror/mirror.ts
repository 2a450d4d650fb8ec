import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import ShareDB from 'sharedb';
import type { Turn } from '../chat/store.ts';
import type { WorkspaceLimits } from '../editing/workspace.ts';
import type { Runs } from '../runs/runs.ts';
import type { ChatDocument } from './chat-document.ts';
import { DocumentDatabase } from './document-database.ts';
import { type ChatOp, MirroredChat } from './mirrored-chat.ts';
import { Pulse } from './pulse.ts';
import { SharedWorkspaces, WORKSPACES } from './shared-workspaces.ts';
import type { ChatSource, DocumentStore } from './store.ts';
import { guardViewers, type ViewerLimits } from './viewer-policy.ts';
import { WatchedPubSub } from './watched-pubsub.ts';

export interface MirrorSettings {
  /** Of a chat in its document, the newest ones. */
  maxMessages: number;
  /** How long text is gathered; ms. */
  flushMs: number;
  /** How long ops are kept for viewers that come back; hours. */
  keepOpsH: number;
  /** How long what nobody uses stays in memory; ms, 60,000 by default. */
  idleMs?: number;
  workspaces: WorkspaceLimits;
}

const COLLECTION = 'chats';
const CHANNEL_PREFIX = `${COLLECTION}.`;
const VIEWER_LIMITS: ViewerLimits = { subscriptions: 100, presences: 20, waiting: 1_000 };
const IDLE_MS = 60_000;
/** Chats that are remembered although nobody uses them. */
const MOST_IDLE = 2_000;
const HOUR_MS = 60 * 60 * 1000;

/**
 * Chats as live documents (MIRROR-1 … 9): one more reader of each run's log. What it shows is the database's word, plus
 * the text of the live run; whatever fails here is logged, counted, and repaired from the database, and no run knows.
 */
export class Mirror implements AsyncDisposable {
  readonly #backend: ShareDB;
  readonly #agent: NonNullable<ReturnType<ShareDB['connect']>['agent']>;
  /** The documents that people change, too. */
  readonly workspaces: SharedWorkspaces;
  readonly #documents: DocumentDatabase;
  readonly #source: ChatSource;
  readonly #runs: Pick<Runs, 'activeIn'>;
  readonly #settings: MirrorSettings;
  readonly #logger: Logger;
  readonly #pulse: Pulse;
  readonly #chats = new Map<string, MirroredChat>();
  /** Since when nobody uses those that nobody uses; longest first. */
  readonly #idle = new Map<string, number>();
  readonly #leaving: Array<() => void>;
  readonly #eviction: NodeJS.Timeout;
  readonly #sweep: NodeJS.Timeout;
  #failures = 0;

  constructor(
    source: ChatSource,
    documents: DocumentStore,
    runs: Pick<Runs, 'onStart' | 'onSettled' | 'activeIn'>,
    settings: MirrorSettings,
    logger: Logger,
  ) {
    this.#source = source;
    this.#runs = runs;
    this.#settings = settings;
    this.#logger = logger;
    this.#pulse = new Pulse(settings.flushMs);
    routeLogs(logger);
    const idleMs = settings.idleMs ?? IDLE_MS;
    this.#documents = new DocumentDatabase(documents, { idleMs });
    this.#backend = new ShareDB({
      db: this.#documents,
      pubsub: new WatchedPubSub({
        watched: (channel) => this.#watched(channel, (chat) => chat.watch()),
        unwatched: (channel) => this.#watched(channel, (chat) => chat.unwatch()),
      }),
      presence: true,
      doNotForwardSendPresenceErrorsToClient: true,
      doNotCommitNoOps: true,
      errorHandler: (err) => logger.debug({ err }, 'sharedb'),
    });
    this.#documents.shareWith(this.#backend);
    const { agent } = this.#backend.connect();
    if (!agent) throw new Error('ShareDB gives its own connections an agent.');
    this.#agent = agent;
    this.workspaces = new SharedWorkspaces(this.#backend, agent, this.#documents, settings.workspaces);
    guardViewers(this.#backend, VIEWER_LIMITS, {
      [COLLECTION]: { prepare: (ids) => this.#prepare(ids) },
      [WORKSPACES]: this.workspaces.policy,
    });
    this.#leaving = [
      // A chat that nobody uses is made what it has become when somebody does (MIRROR-6).
      runs.onStart((run) => this.#chats.get(run.description.chatId)?.follow(run)),
      runs.onSettled((settlement) => this.#chats.get(settlement.chatId)?.tookSettlement(settlement)),
    ];
    this.#eviction = setInterval(() => this.#evict(idleMs), Math.max(1, idleMs / 2));
    this.#eviction.unref();
    this.#sweep = setInterval(() => void this.expire(), HOUR_MS);
    this.#sweep.unref();
    void this.expire();
  }

  /** How often something failed since the start. */
  get failures(): number {
    return this.#failures;
  }

  /** Documents, and chats of which something is known, in memory. */
  get inMemory(): { documents: number; chats: number } {
    return { documents: this.#documents.cached, chats: this.#chats.size };
  }

  /** Takes a viewer's messages, until the stream ends. */
  listen(stream: Duplex): void {
    this.#backend.listen(stream);
  }

  /** A turn was stored; its run begins now. */
  tookTurn(turn: Turn): void {
    this.#chats.get(turn.chat.id)?.tookTurn(turn);
  }

  /** The chat has changed in the database in another way. Resolves when its document, if it has one, says so; never rejects. */
  refresh(chatId: string): Promise<void> {
    return this.#chat(chatId).refresh();
  }

  /** Removes ops that nobody can need any more (MIRROR-7). Never rejects. */
  async expire(): Promise<void> {
    try {
      await this.#documents.expire(new Date(Date.now() - this.#settings.keepOpsH * HOUR_MS));
    } catch (err) {
      this.#logger.error({ err }, 'removing old ops failed');
    }
  }

  /** Resolves when all that was under way is done. */
  async settled(): Promise<void> {
    await Promise.all(Array.from(this.#chats.values(), (chat) => chat.settled()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const leave of this.#leaving) leave();
    clearInterval(this.#eviction);
    clearInterval(this.#sweep);
    await this.settled();
    for (const chat of this.#chats.values()) chat.close();
    this.#pulse[Symbol.dispose]();
    await new Promise<void>((resolve, reject) => {
      this.#backend.close((error) => (error ? reject(error) : resolve()));
    });
  }

  /** They are about to be read. A chat that nobody used may have changed in any way, or have no document yet. */
  async #prepare(chatIds: readonly string[]): Promise<void> {
    await Promise.all(chatIds.map((chatId) => this.#chat(chatId).prepare()));
  }

  #watched(channel: string, tell: (chat: MirroredChat) => void): void {
    if (channel.startsWith(CHANNEL_PREFIX)) tell(this.#chat(channel.slice(CHANNEL_PREFIX.length)));
  }

  #chat(chatId: string): MirroredChat {
    this.#idle.delete(chatId);
    const known = this.#chats.get(chatId);
    if (known) return known;
    const chat = new MirroredChat(chatId, {
      source: this.#source,
      maxMessages: this.#settings.maxMessages,
      pulse: this.#pulse,
      read: async (id) => {
        const { data } = await this.#documents.read(COLLECTION, id);
        // Nobody else writes into this collection.
        return (data as ChatDocument | undefined) ?? null;
      },
      submit: (id, op) => this.#submit(id, op),
      forgetHistory: (id) => this.#documents.forgetHistory(COLLECTION, id),
      onFailure: (id, err) => {
        this.#failures += 1;
        this.#logger.error({ err, chatId: id, failures: this.#failures }, 'mirroring a chat failed');
      },
      onIdle: (idle) => {
        if (this.#chats.get(chatId) !== idle) return;
        this.#idle.delete(chatId);
        if (idle.isKnown) this.#idle.set(chatId, performance.now());
        else this.#chats.delete(chatId);
      },
    });
    this.#chats.set(chatId, chat);
    const run = this.#runs.activeIn(chatId);
    if (run && !run.log.terminal) chat.follow(run);
    return chat;
  }

  #evict(idleMs: number): void {
    const now = performance.now();
    for (const [chatId, since] of this.#idle) {
      if (now - since < idleMs && this.#idle.size <= MOST_IDLE) return;
      this.#idle.delete(chatId);
      this.#chats.delete(chatId);
    }
  }

  #submit(chatId: string, op: ChatOp): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#backend.submit(this.#agent, COLLECTION, chatId, op, null, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }
}

/** ShareDB has one log for the whole process. What it says at `info` are the refusals that viewers get. */
function routeLogs(logger: Logger): void {
  const say =
    (level: 'debug' | 'warn' | 'error') =>
    (...words: unknown[]) => {
      logger[level](
        { sharedb: words.map((word) => (word instanceof Error ? word.message : word)) },
        'sharedb',
      );
    };
  ShareDB.logger.setMethods({ info: say('debug'), warn: say('debug'), error: say('warn') });
}
