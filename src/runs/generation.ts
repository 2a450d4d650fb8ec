import { ServiceError } from '../errors.ts';
import { type EditReport, isTransient } from '../wire/events.ts';
import { Decision } from './decision.ts';
import { journalOf } from './journal.ts';
import { RunLog } from './log.ts';
import { Meter, type MeterSettings } from './meter.ts';
import type { Outcome } from './outcome.ts';
import type { EditResult, EditSink, EmittedEvent, Ending, Producer, Sink } from './producer.ts';
import type { Answer } from './result.ts';
import { cut } from './text.ts';
import { type TextKind, TickBuffer } from './tick-buffer.ts';

/** The model that generates the answer. */
export interface Answerer {
  readonly model: string;
  readonly provider: string;
}

/** Is notified of changes of a log that a checkpoint has to store. */
export interface LogWatcher {
  /** Durable entries were appended, or will be in this turn of the event loop. */
  appended(): void;
  /** Text that may be stored already was redacted. */
  redacted(): void;
}

/**
 * Writes one answer to a log: receives what a producer sends, merges it per turn of the event loop, enforces the bound
 * of an answer, and decides once how the answer ended. It has no ids, no storage and no readers; see `Run`.
 */
export class Generation implements EditSink {
  readonly log = new RunLog();
  readonly #decision = new Decision();
  readonly #buffer = new TickBuffer((kind, text) => this.#write(kind, text));
  readonly #meter: Meter;
  readonly #watcher: LogWatcher | undefined;
  #answerer: Answerer;
  /** Text of the answer that is neither content nor reasoning. */
  #aside = '';
  #edit: EditReport | null = null;
  #finish: ((ending: Ending) => Promise<EditResult>) | null = null;

  constructor(answerer: Answerer, settings: MeterSettings, watcher?: LogWatcher) {
    this.#answerer = answerer;
    this.#meter = new Meter(settings);
    this.#watcher = watcher;
  }

  /** The model that generates the answer; after a fallback, the fallback. */
  get answerer(): Answerer {
    return this.#answerer;
  }

  get meter(): Pick<Meter, 'chunks' | 'contentLength'> {
    return this.#meter;
  }

  get hasEnded(): boolean {
    return this.#decision.outcome !== null;
  }

  /** Runs the producer. Resolves with the outcome; never rejects. */
  async produce(producer: Producer<EditSink>): Promise<Outcome> {
    try {
      producer(this, this.#decision.signal).then(
        (completion) => this.#decide({ kind: 'complete', ...completion }),
        (error: unknown) => this.#decide({ kind: 'failed', error: ServiceError.from(error) }),
      );
    } catch (error) {
      this.#decide({ kind: 'failed', error: ServiceError.from(error) });
    }
    const outcome = await this.#decision.made;
    return this.#finish ? this.#finished(outcome, this.#finish) : outcome;
  }

  /** Ends the generation with this outcome and aborts the producer; ignored when it has ended. */
  end(outcome: Outcome): void {
    if (this.#decision.outcome) return;
    this.#decide(outcome);
    this.#decision.abort();
  }

  /** The answer so far. */
  answer(): Answer {
    return {
      ...this.log.text(),
      aside: this.#aside,
      journal: journalOf(this.log.entries),
      chunks: this.#meter.chunks,
      totalTime: this.#meter.totalTime,
      timeToFirstToken: this.#meter.timeToFirstToken,
      edit: this.#edit,
    };
  }

  content(text: string): void {
    this.#take('content', text);
  }

  reasoning(text: string): void {
    this.#take('reasoning', text);
  }

  redact(from: number, to: number): void {
    if (this.#decision.outcome) return;
    this.#buffer.flush(true);
    if (this.log.redact(from, to)) this.#watcher?.redacted();
  }

  status(status: Parameters<Sink['status']>[0]): void {
    if (this.#decision.outcome) return;
    const { model, provider } = status;
    if (model !== undefined && provider !== undefined) this.#answerer = { model, provider };
    this.log.append({ type: 'status', ...status });
  }

  emit(event: EmittedEvent): void {
    if (this.#decision.outcome) return;
    this.#buffer.flush(true);
    if (!this.#decision.outcome) this.#appendEmitted(event);
  }

  withdraw(fileId: string): void {
    if (this.#decision.outcome) return;
    this.log.withdraw(fileId);
    this.#watcher?.redacted();
  }

  aside(text: string, chunks: number): boolean {
    if (this.#decision.outcome) return false;
    this.#meter.aside(text.length, chunks);
    this.#aside += text;
    if (this.#meter.room >= 0) return true;
    this.#endAsFull();
    return false;
  }

  beforeEnd(finish: (ending: Ending) => Promise<EditResult>): void {
    this.#finish = finish;
  }

  #take(kind: TextKind, text: string): void {
    if (this.#decision.outcome || text === '') return;
    this.#meter.chunk(kind);
    this.#buffer.add(kind, text);
  }

  #write(kind: TextKind, text: string): void {
    if (this.#decision.outcome) return;
    const { room } = this.#meter;
    const isFull = text.length > room;
    const fitting = isFull ? cut(text, room) : text;
    if (fitting !== '') this.#append(kind, fitting);
    if (isFull) this.#endAsFull();
  }

  #append(kind: TextKind, text: string): void {
    this.#watcher?.appended();
    this.#meter.text(kind, text.length);
    if (kind === 'content') this.log.content(text, this.#meter.progress());
    else this.log.append({ type: 'reasoning', content: text });
  }

  #appendEmitted(event: EmittedEvent): void {
    if (!isTransient(event)) this.#watcher?.appended();
    this.log.append(event);
  }

  #decide(outcome: Outcome): void {
    if (this.#decision.outcome) return;
    // The flush may reach the bound of an answer; then `length` is the outcome.
    this.#buffer.flush(true);
    this.#decision.make(outcome);
  }

  #endAsFull(): void {
    this.#decision.make({ kind: 'complete', finishReason: 'length', usage: null });
    this.#decision.abort();
  }

  /** Lets an edit finish: its events are the last ones before the terminal. */
  async #finished(outcome: Outcome, finish: (ending: Ending) => Promise<EditResult>): Promise<Outcome> {
    try {
      const emit = (event: EmittedEvent) => this.#appendEmitted(event);
      const { edit, failure } = await finish({ complete: outcome.kind === 'complete', emit });
      this.#edit = edit;
      if (failure === null || outcome.kind !== 'complete') return outcome;
      return { kind: 'failed', error: ServiceError.from(failure) };
    } catch (error) {
      return { kind: 'failed', error: ServiceError.from(error) };
    }
  }
}
