import { ServiceError, StorageError } from '../errors.ts';
import { deferred } from './deferred.ts';
import type { EditReport, FileEvent, ProgressEvent, StopCause } from './events.ts';
import { journalOf } from './journal.ts';
import { RunLog } from './log.ts';
import type { Outcome } from './outcome.ts';
import type { EditSink, Ending, LastWord, Producer, Sink } from './producer.ts';
import { type SettlementSettings, settlementOf } from './settlement.ts';
import type { RunDescription, Settlement } from './store.ts';
import { cut, TextGate, wholeCharacters } from './text.ts';
import { atEndOfTick } from './tick.ts';
import { type Checkpoint, Unsaved } from './unsaved.ts';

export interface RunSettings extends SettlementSettings {
  /** UTF-16 units of content and reasoning; beyond it the run ends as `length` (RUN-12). */
  answerChars: number;
  /** A `progress` remark after every so many chunks; 0: none. */
  progressEvery: number;
}

/** Whether the run stops when the last of those who asked for it has left (RUN-1). */
export type OnDisconnect = 'continue' | 'cancel';

/**
 * One generation of one assistant message, while it lives: takes what the producer says into the log, merged per turn
 * of the event loop, and decides once how it ended. It knows nothing of databases and sockets.
 */
export class Run implements EditSink {
  readonly log = new RunLog();
  readonly #controller = new AbortController();
  readonly #decided = deferred<Outcome>();
  readonly #startedAt = performance.now();
  #outcome: Outcome | null = null;
  #chunks = 0;
  #contentLength = 0;
  #reasoningLength = 0;
  #firstTokenAt: number | null = null;
  #progressAt: number;
  readonly #gate = new TextGate();
  #pendingKind: 'content' | 'reasoning' = 'content';
  #pending = '';
  #flushScheduled = false;
  #attached = 0;
  readonly #unsaved: Unsaved;
  /** Of the answer, what is not content. */
  #aside = '';
  #edit: EditReport | null = null;
  #finish: ((ending: Ending) => Promise<LastWord>) | null = null;
  /** Another model than the run began with. */
  #answeredBy: { model: string; provider: string } | null = null;

  constructor(
    readonly description: RunDescription,
    readonly onDisconnect: OnDisconnect,
    private readonly settings: RunSettings,
  ) {
    this.#progressAt = settings.progressEvery || Number.POSITIVE_INFINITY;
    this.#unsaved = new Unsaved(description.runId, this.log.entries);
  }

  get chunks(): number {
    return this.#chunks;
  }

  get contentLength(): number {
    return this.#contentLength;
  }

  /** Lets the producer work; resolves, never rejects, with what is to be stored when it is decided how the run ended. */
  async produce(producer: Producer<EditSink>): Promise<Settlement> {
    try {
      producer(this, this.#controller.signal).then(
        (completion) => this.#decide({ kind: 'complete', ...completion }),
        (error: unknown) => this.#decide({ kind: 'failed', error: ServiceError.from(error) }),
      );
    } catch (error) {
      this.#decide({ kind: 'failed', error: ServiceError.from(error) });
    }
    return this.#finished(await this.#decided.promise);
  }

  /** Ends the run for everybody, unless it is decided already how it ended. */
  stop(cause: StopCause): void {
    this.#end({ kind: 'stopped', cause });
  }

  /** Ends the run because the server does. */
  interrupt(): void {
    this.#end({ kind: 'interrupted', cause: 'shutdown' });
  }

  /** Somebody follows who would be missed: the answer says that they left, once. */
  attach(): () => void {
    let here = true;
    this.#attached += 1;
    return () => {
      if (!here) return;
      here = false;
      this.#attached -= 1;
      if (this.#attached === 0 && this.onDisconnect === 'cancel') this.stop('reader_left');
    };
  }

  content(text: string): void {
    this.#take('content', text);
  }

  reasoning(text: string): void {
    this.#take('reasoning', text);
  }

  redact(from: number, to: number): void {
    if (this.#outcome) return;
    this.#flush(true);
    const region = wholeCharacters(this.log.text().content, from, to);
    if (region.from >= region.to) return;
    this.log.redact(region.from, region.to);
    this.#unsaved.tookBack();
  }

  status(remark: Parameters<Sink['status']>[0]): void {
    if (this.#outcome) return;
    const { model, provider } = remark;
    if (model !== undefined && provider !== undefined) this.#answeredBy = { model, provider };
    this.log.remark({ type: 'status', ...remark });
  }

  mark(event: FileEvent): void {
    if (this.#outcome) return;
    this.#flush(true);
    if (!this.#outcome) this.#appendMark(event);
  }

  withdraw(fileId: string): void {
    if (this.#outcome) return;
    this.log.withdraw(fileId);
    this.#unsaved.tookBack();
  }

  aside(text: string, chunks: number): boolean {
    if (this.#outcome) return false;
    this.#firstTokenAt ??= performance.now();
    this.#chunks += chunks;
    this.#aside += text;
    if (this.#room >= 0) return true;
    this.#endAsFull();
    return false;
  }

  beforeEnd(finish: (ending: Ending) => Promise<LastWord>): void {
    this.#finish = finish;
  }

  /** What a checkpoint has to write when something has waited for `ageMs` or longer; null when there is nothing due. */
  takeUnsaved(ageMs: number): Checkpoint | null {
    return this.#outcome ? null : this.#unsaved.take(ageMs);
  }

  /** The database would not take the settlement: what is told to readers instead, and stored when it takes it. */
  failStorage(cause: unknown): Promise<Settlement> {
    return this.#settlement({ kind: 'failed', error: new StorageError(cause) });
  }

  #end(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#decide(outcome);
    this.#controller.abort();
  }

  #decide(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#flush(true);
    // The flush may have met the bound of an answer, and decided.
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#decided.resolve(outcome);
  }

  #take(kind: 'content' | 'reasoning', text: string): void {
    if (this.#outcome || text === '') return;
    this.#firstTokenAt ??= performance.now();
    if (kind !== this.#pendingKind) {
      this.#flush(true);
      this.#pendingKind = kind;
    }
    if (kind === 'content') this.#chunks += 1;
    this.#pending += text;
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    atEndOfTick(this.#flushAtEndOfTick);
  }

  readonly #flushAtEndOfTick = (): void => {
    this.#flushScheduled = false;
    this.#flush(false);
  };

  /** `final`: nothing of this kind follows, so that half a character cannot wait for its other half. */
  #flush(final: boolean): void {
    if (this.#outcome) return;
    let text = this.#gate.push(this.#pending);
    if (final) text += this.#gate.end();
    this.#pending = '';
    if (text === '') return;
    const room = this.#room;
    const full = text.length > room;
    if (full) text = cut(text, room);
    if (text !== '') this.#append(text);
    if (full) this.#endAsFull();
  }

  get #room(): number {
    return this.settings.answerChars - this.#contentLength - this.#reasoningLength - this.#aside.length;
  }

  #endAsFull(): void {
    this.#outcome = { kind: 'complete', finishReason: 'length', usage: null };
    this.#decided.resolve(this.#outcome);
    this.#controller.abort();
  }

  #appendMark(event: FileEvent): void {
    this.#unsaved.grew();
    this.log.append(event);
  }

  /** Lets whoever edits finish first: what it says then is the last before the terminal. */
  async #finished(outcome: Outcome): Promise<Settlement> {
    if (!this.#finish) return this.#settlement(outcome);
    try {
      const mark = (event: FileEvent) => this.#appendMark(event);
      const { edit, failure } = await this.#finish({ complete: outcome.kind === 'complete', mark });
      this.#edit = edit;
      if (failure === null || outcome.kind !== 'complete') return await this.#settlement(outcome);
      return await this.#settlement({ kind: 'failed', error: ServiceError.from(failure) });
    } catch (error) {
      return this.#settlement({ kind: 'failed', error: ServiceError.from(error) });
    }
  }

  #append(text: string): void {
    this.#unsaved.grew();
    if (this.#pendingKind === 'reasoning') {
      this.#reasoningLength += text.length;
      this.log.append({ type: 'reasoning', content: text });
      return;
    }
    this.#contentLength += text.length;
    this.log.content(text, this.#progress());
  }

  /** Every so many chunks, at most once per content event (SSE-3). */
  #progress(): ProgressEvent | undefined {
    if (this.#chunks < this.#progressAt) return undefined;
    const { progressEvery } = this.settings;
    this.#progressAt = this.#chunks - (this.#chunks % progressEvery) + progressEvery;
    return {
      type: 'progress',
      chunksReceived: this.#chunks,
      contentLength: this.#contentLength,
      elapsedMs: this.#elapsed(performance.now()),
    };
  }

  #elapsed(now: number): number {
    return Math.round(now - this.#startedAt);
  }

  #settlement(outcome: Outcome): Promise<Settlement> {
    const answer = {
      description: { ...this.description, ...this.#answeredBy },
      ...this.log.text(),
      aside: this.#aside,
      journal: journalOf(this.log.entries),
      chunks: this.#chunks,
      totalTime: this.#elapsed(performance.now()),
      timeToFirstToken: this.#firstTokenAt === null ? null : this.#elapsed(this.#firstTokenAt),
      edit: this.#edit,
    };
    return settlementOf(outcome, answer, this.settings);
  }
}
