import type { Turn } from '../chat/store.ts';
import type { LogReader, RunLog } from '../runs/log.ts';
import type { Run } from '../runs/run.ts';
import type { MessageStatus, Settlement } from '../runs/store.ts';
import { type ChatDocument, documentOf, type LiveAnswer } from './chat-document.ts';
import { afterSettlement, afterTurn } from './chat-state.ts';
import { type Component, JSON0 } from './operation.ts';
import type { Pulse } from './pulse.ts';
import { appended, reconcile } from './reconcile.ts';
import type { ChatSource, ChatState } from './store.ts';

export type ChatOp = { create: { type: string; data: ChatDocument } } | { op: Component[] } | { del: true };

/** What the mirror of a chat works with. */
export interface ChatMirrorContext {
  source: ChatSource;
  maxMessages: number;
  pulse: Pulse;
  /** The chat's document; null when there is none. Throws when the database fails. */
  read(chatId: string): Promise<ChatDocument | null>;
  /** Commits an op, then shows it to viewers. */
  submit(chatId: string, op: ChatOp): Promise<void>;
  /** Removes what the document once said. */
  forgetHistory(chatId: string): Promise<void>;
  onFailure(chatId: string, error: unknown): void;
  /** Nothing runs, nobody watches, nothing is left to be done. */
  onIdle(chat: MirroredChat): void;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/**
 * One chat's document, kept true. It does one thing at a time: either a refresh, which makes the document what the
 * database and the live run say, or sending the text that came since. Whatever goes wrong, the next thing is a refresh.
 */
export class MirroredChat {
  readonly chatId: string;
  readonly #context: ChatMirrorContext;
  #run: Run | null = null;
  #reader: LogReader | null = null;
  #watched = false;
  /** If there is no document, there is to be one. */
  #wanted = false;
  /** What the database says. Null: it has to be asked. */
  #state: ChatState | null = null;
  /** Counts what was stored, so that an answer which is older than that is not taken. */
  #stored = 0;
  /** The document is known to say something else than that, or may. */
  #stale = false;
  #textDue = false;
  /** Text was taken back that the document's old ops still have. */
  #forgetting = false;
  /** When text was last sent. */
  #sentAt = Number.NEGATIVE_INFINITY;
  #working: Promise<void> | null = null;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;

  constructor(chatId: string, context: ChatMirrorContext) {
    this.chatId = chatId;
    this.#context = context;
  }

  /** A turn was stored. */
  tookTurn(turn: Turn): void {
    this.#stored += 1;
    this.#state = afterTurn(this.#state, turn, this.#context.maxMessages);
  }

  /** The end of a run was stored. */
  tookSettlement(settlement: Settlement): void {
    this.#stored += 1;
    this.#state = afterSettlement(this.#state, settlement);
    this.#stale = true;
    // Else the terminal follows at once. It does not when storing took so long that readers were told of a failure.
    if (this.#run?.log.terminal) this.#start(true);
  }

  /** A run begins here. Its log is followed to its end, but read only while somebody watches (MIRROR-6). */
  follow(run: Run): void {
    this.#reader?.close();
    this.#run = run;
    this.#reader = run.log.follow(0, () => this.#heard(run.log));
    this.#wanted = true;
    this.#stale = true;
    this.#start();
  }

  /** The first viewer is here: from now on text is sent as it comes. */
  watch(): void {
    this.#watched = true;
    this.#textDue = true;
    this.#start();
  }

  /** The last viewer has left. */
  unwatch(): void {
    this.#watched = false;
    this.#rest();
  }

  /** The database has changed, or the document is not to be trusted. Resolves when that is dealt with; never rejects. */
  async refresh(): Promise<void> {
    this.#stored += 1;
    this.#state = null;
    this.#stale = true;
    this.#start(true);
    await this.#working;
  }

  /** Somebody is about to read the document: it is to be there, and to have the text so far. Never rejects. */
  async prepare(): Promise<void> {
    this.#wanted = true;
    this.#textDue = true;
    this.#stale ||= !this.#state;
    this.#start(true);
    await this.#working;
  }

  /** Does at once what was put off; resolves when nothing is under way any more. Never rejects. */
  async settled(): Promise<void> {
    this.#start(true);
    while (this.#working) await this.#working;
  }

  /** What is known of it can be used again. */
  get isKnown(): boolean {
    return this.#state !== null;
  }

  /** Stops whatever it was waiting for. */
  close(): void {
    clearTimeout(this.#retry);
    this.#reader?.close();
  }

  #heard(log: RunLog): void {
    const { pulse } = this.#context;
    if (log.terminal) {
      this.#stale = true;
      // Nobody waits for it: so it goes with others.
      if (this.#watched) this.#start(true);
      else pulse.after(performance.now(), this.#startLater);
    } else if (log.endsInRedaction && this.#reader && this.#reader.position > 0) {
      this.#forgetting = true;
      this.#stale = true;
      this.#start();
    } else if (this.#watched && !this.#textDue) {
      if (pulse.hasPassed(this.#sentAt)) this.#send();
      else pulse.after(this.#sentAt, this.#send);
    }
  }

  readonly #send = (): void => {
    this.#textDue = true;
    this.#start();
  };

  readonly #startLater = (): void => this.#start(true);

  /** `atOnce`: also when the last attempt failed just now. */
  #start(atOnce = false): void {
    if (this.#working || (this.#retry && !atOnce) || !(this.#stale || this.#textDue)) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    try {
      while (this.#stale || this.#textDue) await (this.#stale ? this.#refresh() : this.#sendText());
      this.#failures = 0;
    } catch (error) {
      this.#failed(error);
    }
    this.#working = null;
    this.#rest();
  }

  #failed(error: unknown): void {
    this.#state = null;
    this.#stale = true;
    const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LAST_RETRY_MS);
    this.#failures += 1;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      if (this.#watched || this.#run) this.#start();
      else this.#rest();
    }, pauseMs);
    this.#retry.unref();
    this.#context.onFailure(this.chatId, error);
  }

  /** What is stale then is found out at the next use. */
  #rest(): void {
    if (!this.#run && !this.#watched && !this.#working && !this.#retry) this.#context.onIdle(this);
  }

  async #refresh(): Promise<void> {
    const ended = this.#run?.log.terminal ? this.#run : null;
    const forgetting = this.#forgetting;
    this.#stale = false;
    this.#textDue = false;
    const { source, maxMessages, read, forgetHistory } = this.#context;
    const stored = this.#stored;
    const asked = this.#state ?? source.newest(this.chatId, maxMessages);
    const [state, current] = await Promise.all([asked, read(this.chatId)]);
    if (stored !== this.#stored) {
      this.#stale = true;
      return;
    }
    this.#state = state;
    if (!state) {
      await this.#remove(current);
      return;
    }
    // What the document is to say, and how far the run's log was read for it, belong to one moment: nothing waits.
    const target = documentOf(state, this.#run && liveAnswer(this.#run));
    while (this.#reader?.next()) {}
    if (current) await this.#change(reconcile(current, target));
    else if (this.#wanted) await this.#submit({ create: { type: JSON0, data: target } });
    if (forgetting) {
      await forgetHistory(this.chatId);
      this.#forgetting = false;
    }
    if (ended && ended === this.#run && !isUnsettled(state, ended)) this.#leave();
  }

  async #sendText(): Promise<void> {
    this.#textDue = false;
    if (!this.#run || !this.#reader) return;
    const text = { content: '', reasoning: '' };
    for (let entry = this.#reader.next(); entry; entry = this.#reader.next()) {
      const { event } = entry;
      if (event.type === 'content' || event.type === 'reasoning') text[event.type] += event.content;
    }
    if (text.content === '' && text.reasoning === '') return;
    this.#sentAt = performance.now();
    const { messageId } = this.#run.description;
    const document = await this.#context.read(this.chatId);
    const components = document && appended(document, messageId, text);
    if (components) await this.#change(components);
    else this.#stale = true;
  }

  /** The chat is gone, and with it everything that its document ever said. */
  async #remove(current: ChatDocument | null): Promise<void> {
    this.#leave();
    if (!current) return;
    await this.#submit({ del: true });
    await this.#context.forgetHistory(this.chatId);
  }

  async #change(components: Component[]): Promise<void> {
    if (components.length > 0) await this.#submit({ op: components });
  }

  #submit(op: ChatOp): Promise<void> {
    return this.#context.submit(this.chatId, op);
  }

  #leave(): void {
    this.#reader?.close();
    this.#reader = null;
    this.#run = null;
  }
}

function isUnsettled({ messages }: ChatState, { description }: Run): boolean {
  return messages.some(({ id, status }) => id === description.messageId && status === 'streaming');
}

function liveAnswer({ description: { runId, messageId }, log }: Run): LiveAnswer {
  const { content, reasoning } = log.text();
  return { runId, messageId, status: statusOf(log), content, reasoning };
}

/** An answer that has ended, but could not be stored yet, looks as it will when it is. */
function statusOf({ terminal }: RunLog): MessageStatus {
  switch (terminal?.type) {
    case undefined:
      return 'streaming';
    case 'complete':
      return 'complete';
    case 'stopped':
      return 'stopped';
    case 'error':
      return terminal.code === 'interrupted' ? 'interrupted' : 'failed';
  }
}
