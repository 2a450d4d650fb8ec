import type { Completion } from '../../runs/producer.ts';
import type { Binary } from './binary.ts';

/** Decodes one answer, from events or as a whole. An error that it throws ends the attempt. */
export interface AnswerDecoder {
  /** One event that is not blank. `data`: undecoded bytes. `name`: its `event` field, or ''. */
  take(data: Binary, name: string): void;
  /** Decodes bytes that are exactly one event of the usual form. Returns false if they are not. */
  takeEvent?(bytes: Buffer): boolean;
  /** A whole answer (PROV-4), parsed and as JSON. Throws if it is not an answer. */
  takeWhole(answer: unknown, json: string): void;
  /** The end of the stream. Throws if the answer is not complete (RUN-3). */
  end(): void;
  /** Whether nothing more is expected. */
  readonly done: boolean;
  /** Whether the answer itself is complete; annotations and usage may follow (PROV-8). */
  readonly finished: boolean;
  completion(): Completion;
}
