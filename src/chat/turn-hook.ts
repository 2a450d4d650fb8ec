import type { EditSink, Producer } from '../runs/producer.ts';
import type { RunDescription } from '../runs/store.ts';

/** Extends a turn, for features that build on answers (workspaces). */
export interface TurnHook {
  /** Whose chat it is if it is new. Default: that of who asks. */
  ownerId?: string | undefined;
  /** Must be equal in a repetition with the same Idempotency-Key. */
  request: unknown;
  /** Called before anything is stored. Throws what is wrong with the request. */
  prepare(runId: string): Promise<PreparedHook>;
}

export interface PreparedHook {
  /** The system prompt of this request only; it is not stored. `tokens`: of the whole prompt. */
  instructions(tokens: number): Promise<string>;
  wrap(producer: Producer, run: RunDescription): Producer<EditSink>;
  /** Called once, when the chat is free again, or when no run was started. */
  release(): void;
}
