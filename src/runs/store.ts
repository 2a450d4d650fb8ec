import type { ItemEvent, TerminalEvent, Usage } from '../wire/events.ts';
import type { MessageStatus } from '../wire/messages.ts';

/** Properties of a run that are known when it starts and do not change. */
export interface RunDescription {
  runId: string;
  chatId: string;
  /** Whose chat it is: `{tenantId}/{userId}`. */
  ownerId: string;
  /** The assistant's message that this run writes. */
  messageId: string;
  provider: string;
  model: string;
  /** The wire protocol of the request that started it; the default for its readers. */
  protocol: string;
  requestId: string | null;
  /** Tokens of the prompt, counted locally; the provider's figure replaces it in the result, if there is one. */
  promptTokens: number;
  createdAt: Date;
}

/**
 * The outline of a log, without its text: lengths of content or reasoning in UTF-16 units, and events. With
 * Message.content and Message.reasoning it restores the whole log.
 */
export type Journal = ReadonlyArray<{ content: number } | { reasoning: number } | { event: ItemEvent }>;

/** A part of a live run's log; `position` is the position before it. */
export type Segment = { runId: string; position: number } & (
  | { kind: 'content' | 'reasoning'; text: string }
  /** `text`: the event as JSON. */
  | { kind: 'event'; text: string }
);

/** Stored in one transaction when a run has ended. */
export interface RunResult {
  runId: string;
  messageId: string;
  chatId: string;
  /** The model that generated the answer: the fallback, if there was one. */
  model: string;
  provider: string;
  status: Exclude<MessageStatus, 'streaming'>;
  /** A finish reason, a stop cause, `shutdown`, `crash`, or an error code. */
  cause: string;
  /** The provider's error message, for operators only. */
  errorMessage: string | null;
  terminal: TerminalEvent;
  content: string;
  reasoning: string | null;
  /** Tokens of `content`. */
  tokens: number | null;
  usage: Usage;
  journal: Journal;
  chunks: number;
  endedAt: Date;
}

/** A run as read from the database. */
export type StoredRun = RunDescription &
  (
    | { status: 'streaming' }
    | {
        status: Exclude<MessageStatus, 'streaming'>;
        cause: string;
        terminal: TerminalEvent;
        content: string;
        reasoning: string | null;
        journal: Journal;
        endedAt: Date;
      }
  );

/** A run that a crash interrupted, with the segments that its checkpoints stored, ordered by position. */
export type UnsettledRun = RunDescription & { segments: Segment[] };

/** Storage of runs. All writes that are pending at the same moment share a transaction (STORE-4). */
export interface RunStore {
  /** Adds text of live runs. Throws StorageError; then nothing of this call was stored. */
  checkpoint(segments: readonly Segment[]): Promise<void>;
  /** Replaces all segments of a run: after a redaction the old ones must not remain. */
  replace(runId: string, segments: readonly Segment[]): Promise<void>;
  /** Stores the result of a run and removes its segments, in one transaction. Idempotent. */
  settle(result: RunResult): Promise<void>;
  load(runId: string): Promise<StoredRun | null>;
  /** Whether the run exists. Does not read its text. */
  exists(runId: string): Promise<boolean>;
  /**
   * Runs that are still `streaming` after a crash, oldest first. The number of runs and the amount of text are bounded.
   */
  unsettled(limit: number): Promise<UnsettledRun[]>;
}
