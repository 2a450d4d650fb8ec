import { ServiceError, StorageError } from '../errors.ts';
import { deferred } from './deferred.ts';
import type { EditReport, FileEvent, ProgressEvent, StopCause, Totals, Usage } from './events.ts';
import { journalOf, segmentsOf } from './journal.ts';
import { RunLog } from './log.ts';
import { type Outcome, verdict } from './outcome.ts';
import type { EditSink, Ending, LastWord, Producer, ProviderUsage, Sink } from './producer.ts';
import type { RunDescription, Segment, Settlement } from './store.ts';
import { cut, TextGate, wholeCharacters } from './text.ts';
import { atEndOfTick } from './tick.ts';

export interface RunSettings {
  /** UTF-16 units of content and reasoning; beyond it the run ends as `length` (RUN-12). */
  answerChars: number;
  /** A `progress` remark after every so many chunks; 0: none. */
  progressEvery: number;
  /** Whether clients may see the provider's own error messages. */
  revealing: boolean;
  countTokens: (text: string) => number | Promise<number>;
}

/** Whether the run stops when the last of those who asked for it has left (RUN-1). */
export type OnDisconnect = 'continue' | 'cancel';

/** New text of a run, on its way to the database. */
export interface Checkpoint {
  runId: string;
  segments: Segment[];
  /** These take the place of all that was written before: some of it was taken back. */
  replace: boolean;
  /** The write failed: what it held is due again. */
  failed(): void;
}

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
  #savedEntries = 0;
  #unsavedSince: number | null = null;
  #rewrite = false;
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
    this.#tookBack();
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
    this.#tookBack();
  }

  /** A crash must not bring back what was taken back: the next look of the checkpoints writes it. */
  #tookBack(): void {
    this.#rewrite = true;
    this.#unsavedSince = Number.NEGATIVE_INFINITY;
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

  /** What a checkpoint has to write when text has waited for `ageMs` or longer; null when there is nothing due. */
  takeUnsaved(ageMs: number): Checkpoint | null {
    if (this.#outcome || this.#unsavedSince === null) return null;
    if (performance.now() - this.#unsavedSince < ageMs) return null;
    const replace = this.#rewrite;
    const from = replace ? 0 : this.#savedEntries;
    const { entries } = this.log;
    this.#savedEntries = entries.length;
    this.#rewrite = false;
    this.#unsavedSince = null;
    const segments = segmentsOf(this.description.runId, entries, from);
    return { runId: this.description.runId, segments, replace, failed: () => this.#notSaved(from, replace) };
  }

  #notSaved(from: number, replace: boolean): void {
    this.#savedEntries = Math.min(this.#savedEntries, from);
    this.#rewrite ||= replace;
    this.#unsavedSince ??= performance.now();
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
    this.#unsavedSince ??= performance.now();
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
    this.#unsavedSince ??= performance.now();
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

  async #settlement(outcome: Outcome): Promise<Settlement> {
    const { runId, chatId, messageId, model, provider } = this.description;
    const { content, reasoning } = this.log.text();
    const given = outcome.kind === 'complete' ? outcome.usage : null;
    const totalTime = this.#elapsed(performance.now());
    const { usage, tokens } = await this.#account(given, content, reasoning);
    const totals: Totals = {
      totalChunks: this.#chunks,
      finalContentLength: content.length,
      totalTime,
      timeToFirstToken: this.#firstTokenAt === null ? null : this.#elapsed(this.#firstTokenAt),
      usage,
      ...(this.#edit ? { edit: this.#edit } : {}),
    };
    return {
      runId,
      chatId,
      messageId,
      ...(this.#answeredBy ?? { model, provider }),
      ...verdict(outcome, totals, this.settings.revealing),
      content,
      reasoning: reasoning === '' ? null : reasoning,
      tokens,
      usage,
      journal: journalOf(this.log.entries),
      chunks: this.#chunks,
      endedAt: new Date(),
    };
  }

  async #account(given: ProviderUsage | null, content: string, reasoning: string) {
    const { countTokens } = this.settings;
    const aside = this.#aside;
    if (given && aside === '')
      return { usage: usageOf(given, false), tokens: given.completionTokens - given.reasoningTokens };
    const tokens = content === '' ? 0 : await countTokens(content);
    if (given) return { usage: usageOf(given, false), tokens };
    const asideTokens = aside === '' ? 0 : await countTokens(aside);
    const reasoningTokens = reasoning === '' ? 0 : await countTokens(reasoning);
    const { promptTokens } = this.description;
    const counted = {
      promptTokens,
      completionTokens: tokens + asideTokens + reasoningTokens,
      reasoningTokens,
    };
    return { usage: usageOf(counted, true), tokens };
  }
}

export function usageOf(given: ProviderUsage, estimated: boolean): Usage {
  return { ...given, totalTokens: given.promptTokens + given.completionTokens, estimated };
}
