import type { ProgressEvent } from '../wire/events.ts';
import type { TextKind } from './tick-buffer.ts';

export interface MeterSettings {
  /** Bound of an answer in UTF-16 units; a longer one is cut and ends with `length` (RUN-12). */
  answerChars: number;
  /** Chunks between two `progress` events; 0: no such events. */
  progressEvery: number;
}

/** Measures an answer while it is generated: its length, chunks and times. */
export class Meter {
  #chunks = 0;
  #contentLength = 0;
  #reasoningLength = 0;
  #asideLength = 0;
  #firstTokenAt: number | null = null;
  /** The number of chunks at which the next `progress` event is due. */
  #progressAt: number;
  readonly #startedAt = performance.now();

  constructor(private readonly settings: MeterSettings) {
    this.#progressAt = settings.progressEvery || Number.POSITIVE_INFINITY;
  }

  /** To be called for each chunk of the provider. */
  chunk(kind: TextKind): void {
    this.#firstTokenAt ??= performance.now();
    if (kind === 'content') this.#chunks += 1;
  }

  /** To be called for text that is neither content nor reasoning. `chunks`: the number of chunks that begin in it. */
  aside(length: number, chunks: number): void {
    this.#firstTokenAt ??= performance.now();
    this.#chunks += chunks;
    this.#asideLength += length;
  }

  /** To be called for text that is appended to the log. */
  text(kind: TextKind, length: number): void {
    if (kind === 'reasoning') this.#reasoningLength += length;
    else this.#contentLength += length;
  }

  /** Number of content chunks, as the provider sent them. */
  get chunks(): number {
    return this.#chunks;
  }

  get contentLength(): number {
    return this.#contentLength;
  }

  /** UTF-16 units that the answer may still grow by; negative: it is too long. */
  get room(): number {
    return this.settings.answerChars - this.#contentLength - this.#reasoningLength - this.#asideLength;
  }

  /** From the beginning until now, in ms. */
  get totalTime(): number {
    return this.#elapsed(performance.now());
  }

  /** In ms; null: there was no token. */
  get timeToFirstToken(): number | null {
    return this.#firstTokenAt === null ? null : this.#elapsed(this.#firstTokenAt);
  }

  /** The `progress` event, if one is due; at most one per content event (SSE-3). */
  progress(): ProgressEvent | undefined {
    if (this.#chunks < this.#progressAt) return undefined;
    const { progressEvery } = this.settings;
    this.#progressAt = this.#chunks - (this.#chunks % progressEvery) + progressEvery;
    return {
      type: 'progress',
      chunksReceived: this.#chunks,
      contentLength: this.#contentLength,
      elapsedMs: this.totalTime,
    };
  }

  #elapsed(now: number): number {
    return Math.round(now - this.#startedAt);
  }
}
