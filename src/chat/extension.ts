import type { EditSink, Producer } from '../runs/producer.ts';
import type { RunDescription } from '../runs/store.ts';

/** For those who build on answers: what is done around one, beside what a chat does itself. */
export interface Extension {
  /** What must be the same in a repeat with the same Idempotency-Key. */
  request: unknown;
  /** Before anything is stored. Throws what is wrong with the request; then nothing was. */
  prepare(runId: string): Promise<Preparation>;
}

export interface Preparation {
  /** The system prompt of this request alone, stored nowhere. `tokens`: that the whole prompt may have. */
  instructions(tokens: number): Promise<string>;
  wrap(producer: Producer, run: RunDescription): Producer<EditSink>;
  /** The chat is free again, or there was no run; called once. */
  release(): void;
}
