import type { FileEvent, RedactEvent, TerminalEvent, Usage } from './events.ts';

/** The states of an answer, as Message.status and Run.status say them. */
export type MessageStatus = 'streaming' | 'complete' | 'stopped' | 'interrupted' | 'failed';

/** What is known of a run from its beginning, and never changes. */
export interface RunDescription {
  runId: string;
  chatId: string;
  /** The assistant's message that this run writes. */
  messageId: string;
  provider: string;
  model: string;
  /** The wire protocol that started it; readers that ask for none get this one. */
  protocol: string;
  requestId: string | null;
  /** Tokens of the prompt as counted here; the provider's figure replaces it when the run settles with one. */
  promptTokens: number;
  createdAt: Date;
}

/** A durable event that is neither text nor the terminal. */
export type MarkEvent = RedactEvent | FileEvent;

/**
 * The order of what happened in a run, without its text: how many UTF-16 units of content or reasoning came next, or
 * an event. With Message.content and Message.reasoning it restores the whole log.
 */
export type Journal = ReadonlyArray<{ content: number } | { reasoning: number } | { event: MarkEvent }>;

/** A piece of a live run's log; `position` is the run's position before it. */
export type Segment = { runId: string; position: number } & (
  | { kind: 'content' | 'reasoning'; text: string }
  /** `text`: the event as JSON. */
  | { kind: 'event'; text: string }
);

/** All that is stored when a run has ended; one transaction. */
export interface Settlement {
  runId: string;
  messageId: string;
  chatId: string;
  /** Whose answer it is: another's than the run began with, if a fallback gave it. */
  model: string;
  provider: string;
  status: Exclude<MessageStatus, 'streaming'>;
  /** A finish reason, a stop cause, `shutdown`, `crash`, or an error code. */
  cause: string;
  /** For the operator, never for clients: what the provider said. */
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

/** A run as the database has it. */
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

/** What a crash left of a run: the text that its checkpoints stored, in the order of positions. */
export type UnsettledRun = RunDescription & { segments: Segment[] };

/** Where runs are kept. All writes that are pending at the same moment share a transaction (STORE-4). */
export interface RunStore {
  /** Adds text of live runs. Throws StorageError; then nothing of this call was stored. */
  checkpoint(segments: readonly Segment[]): Promise<void>;
  /** Puts these in the place of all that was checkpointed of a run: after a redaction nothing else may remain. */
  replace(runId: string, segments: readonly Segment[]): Promise<void>;
  /** Ends a run: message, run and usage; removes its segments. Settling twice is as settling once. */
  settle(settlement: Settlement): Promise<void>;
  load(runId: string): Promise<StoredRun | null>;
  /** Whether there is such a run, without reading its text. */
  exists(runId: string): Promise<boolean>;
  /** What a crash left behind: runs still `streaming`, a bounded number at a time, oldest first. */
  unsettled(limit: number): Promise<UnsettledRun[]>;
}
