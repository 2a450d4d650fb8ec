import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChatStore, Turn } from '../chat/store.ts';
import type { Run } from '../runs/run.ts';
import type { RunResult } from '../runs/store.ts';
import type { CollectionDocuments } from '../sharedb/collection-documents.ts';
import { type ChatDocument, documentOf } from './chat-document.ts';
import type { FlushScheduler } from './flush-scheduler.ts';
import { FollowedRun } from './followed-run.ts';
import { KnownChat } from './known-chat.ts';
import { fits, isLong, isVeryLong, MAX_CHARACTERS } from './newest-messages.ts';
import { appended, reconcile } from './reconcile.ts';
import { TextFlush } from './text-flush.ts';
import { UpdateLoop } from './update-loop.ts';

/** Dependencies that the mirrors of all chats share. */
export interface MirroredChatContext {
  source: Pick<ChatStore, 'newest'>;
  maxMessages: number;
  scheduler: FlushScheduler;
  documents: Pick<
    CollectionDocuments<ChatDocument>,
    'read' | 'create' | 'change' | 'remove' | 'forgetHistory'
  >;
  onFailure(chatId: string, error: unknown): void;
  /** The chat has no run, no viewers and no pending work. */
  onIdle(chat: MirroredChat): void;
}

/** Pending work on the document. */
interface Pending {
  /** It may differ from the database and the live run: compare, and change what differs. */
  refresh: boolean;
  /** The live run may have new text. */
  text: boolean;
  /** Old ops contain text that was redacted. */
  forgetHistory: boolean;
}

/**
 * Keeps the document of one chat up to date. It does one thing at a time: a *refresh* makes the document equal to the
 * database and the live run; otherwise new text is appended. After a failure it refreshes.
 */
export class MirroredChat {
  readonly chatId: string;
  readonly #context: MirroredChatContext;
  readonly #known: KnownChat;
  readonly #pending: Pending = { refresh: false, text: false, forgetHistory: false };
  readonly #loop: UpdateLoop;
  readonly #flush: TextFlush;
  #run: FollowedRun | null = null;
  #isWatched = false;
  /** Whether a refresh creates the document if there is none. */
  #isWanted = false;

  constructor(chatId: string, context: MirroredChatContext) {
    this.chatId = chatId;
    this.#context = context;
    this.#known = new KnownChat(context.maxMessages);
    this.#flush = new TextFlush(context.scheduler, () => this.#sendText());
    this.#loop = new UpdateLoop({
      isPending: () => this.#pending.refresh || this.#pending.text,
      update: () => (this.#pending.refresh ? this.#refresh() : this.#appendText()),
      onFailure: (error) => {
        this.#known.forget();
        this.#pending.refresh = true;
        context.onFailure(chatId, error);
      },
      // Without viewers and run, the document is repaired at the next use.
      isRetryNeeded: () => this.#isWatched || this.#run !== null,
      onRest: () => this.#rest(),
    });
  }

  turnStored(turn: Turn): void {
    this.#known.turnStored(turn);
  }

  resultStored(result: RunResult): void {
    this.#known.resultStored(result);
    this.#pending.refresh = true;
    // Usually the terminal follows at once. It came earlier if storing took so long that readers got a storage error.
    if (this.#run?.hasEnded) this.#loop.startNow();
  }

  /**
   * A run starts in this chat. Its log is followed to its end, but its text only while there are viewers (MIRROR-6).
   */
  follow(run: Run): void {
    this.#run?.close();
    this.#run = new FollowedRun(run, () => this.#onLog());
    this.#isWanted = true;
    this.#pending.refresh = true;
    this.#loop.start();
  }

  /** The first viewer has subscribed: from now on text is sent as it comes. */
  watch(): void {
    this.#isWatched = true;
    this.#sendText();
  }

  /** The last viewer has left. */
  unwatch(): void {
    this.#isWatched = false;
    this.#rest();
  }

  /** The database was changed, or the document may be wrong. Resolves after the refresh; never rejects. */
  refresh(): Promise<void> {
    this.#known.changed();
    this.#pending.refresh = true;
    return this.#loop.finish();
  }

  /** A viewer is about to read the document: creates it if needed, with the text so far. Never rejects. */
  prepare(): Promise<void> {
    this.#isWanted = true;
    this.#pending.text = true;
    this.#pending.refresh ||= !this.#known.state;
    return this.#loop.finish();
  }

  /** Does delayed work at once; resolves when no work is pending. Never rejects. */
  settled(): Promise<void> {
    return this.#loop.settled();
  }

  /** Whether the state is known and cheap to keep in memory. */
  get isKnown(): boolean {
    const { state } = this.#known;
    return state !== null && !isLong(state.messages);
  }

  close(): void {
    this.#loop.close();
    this.#run?.close();
  }

  /** The log of the run has grown. */
  #onLog(): void {
    const run = this.#run;
    if (!run) return;
    if (run.hasEnded) {
      this.#pending.refresh = true;
      // Without viewers it can wait, and share a transaction with other chats.
      if (this.#isWatched) this.#loop.startNow();
      else this.#context.scheduler.schedule(performance.now(), this.#loop.startNow);
    } else if (run.isRedactedAfterReading) {
      this.#pending.forgetHistory = true;
      this.#pending.refresh = true;
      this.#loop.start();
    } else if (this.#isWatched && !this.#pending.text) {
      this.#flush.request();
    }
  }

  #sendText(): void {
    this.#pending.text = true;
    this.#loop.start();
  }

  #rest(): void {
    if (this.#run || this.#loop.isRunning) return;
    if (this.#known.state && isVeryLong(this.#known.state.messages)) this.#known.forget();
    if (!this.#isWatched && !this.#loop.isRetryScheduled) this.#context.onIdle(this);
  }

  async #refresh(): Promise<void> {
    const ended = this.#run?.hasEnded ? this.#run : null;
    const { forgetHistory } = this.#pending;
    this.#pending.refresh = false;
    this.#pending.text = false;
    const { source, maxMessages, documents } = this.#context;
    const { changes } = this.#known;
    const known = this.#known.state ?? source.newest(this.chatId, maxMessages, MAX_CHARACTERS);
    const [state, current] = await Promise.all([known, documents.read(this.chatId)]);
    // Reading, comparing and storing a long chat take milliseconds each; other work gets a turn of the event loop in
    // between.
    if (state && isLong(state.messages)) await nextTurn();
    if (changes !== this.#known.changes) {
      this.#pending.refresh = true;
      return;
    }
    this.#known.set(state);
    if (!state) return this.#remove(current);
    // Nothing is awaited here: the target and the position up to which the log was read must belong to the same moment.
    const target = documentOf(state, this.#run?.takeAnswer() ?? null);
    if (current) {
      const op = reconcile(current, target);
      if (op.length > 0) await documents.change(this.chatId, op);
    } else if (this.#isWanted) {
      await documents.create(this.chatId, target);
    }
    if (forgetHistory) {
      await documents.forgetHistory(this.chatId);
      this.#pending.forgetHistory = false;
    }
    if (ended && ended === this.#run && ended.isResultStoredIn(state)) this.#leaveRun();
  }

  async #appendText(): Promise<void> {
    this.#pending.text = false;
    if (!this.#run) return;
    const { messageId } = this.#run;
    const text = this.#run.takeText();
    if (text.content === '' && text.reasoning === '') return;
    this.#flush.sent();
    const { documents } = this.#context;
    const document = await documents.read(this.chatId);
    const op = document && appended(document, messageId, text);
    if (op && fits(document.messages, text)) await documents.change(this.chatId, op);
    else this.#pending.refresh = true;
  }

  /** The chat was deleted: removes its document, including all ops. */
  async #remove(current: ChatDocument | null): Promise<void> {
    this.#leaveRun();
    if (current) await this.#context.documents.remove(this.chatId);
  }

  #leaveRun(): void {
    this.#run?.close();
    this.#run = null;
  }
}
