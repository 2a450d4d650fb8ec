import type {
  EditReport,
  FinishReason,
  ItemEvent,
  ProgressEvent,
  RedactEvent,
  StatusEvent,
  TransientEvent,
} from '../wire/events.ts';

/** Events that have no method of their own in Sink. */
export type EmittedEvent = Exclude<ItemEvent | TransientEvent, RedactEvent | StatusEvent | ProgressEvent>;

/** Receives what a producer generates. Calls after the run has ended are ignored. */
export interface Sink {
  /** One chunk of the answer. */
  content(text: string): void;
  /** One chunk of a reasoning model's reasoning. */
  reasoning(text: string): void;
  /** Content offsets `[from, to)` are redacted (PROV-8). */
  redact(from: number, to: number): void;
  status(remark: Omit<StatusEvent, 'type'>): void;
  /** Any other event; it follows the text that was sent before it. */
  emit(event: EmittedEvent): void;
  /** The provider sent something that is none of the above; a timeout for silence starts anew. */
  alive?(): void;
}

/** The sink of a producer that edits files. */
export interface EditSink extends Sink {
  /**
   * A part of the answer that is not content: it counts towards the bound of an answer, and as tokens. Returns false
   * once the answer is full or the run has ended. `chunks`: the number of chunks that begin in it.
   */
  aside(text: string, chunks: number): boolean;
  /** Removes the new text of a file from the events that were sent before (PROV-8). */
  withdraw(fileId: string): void;
  /**
   * `finish` is called once, when the outcome is decided. The result is stored and the terminal is sent after it
   * resolves.
   */
  beforeEnd(finish: (ending: Ending) => Promise<EditResult>): void;
}

/** Lets a producer emit events between the outcome and the terminal. */
export interface Ending {
  /** Whether the outcome is `complete`. */
  readonly complete: boolean;
  emit(event: EmittedEvent): void;
}

/** The state of the edited files. `failure`: why changes of the model are missing; null: none are. */
export interface EditResult {
  edit: EditReport | null;
  failure: unknown;
}

/** The provider's own figures. A field is null when the provider gave no usable figure. */
export interface ProviderUsage {
  promptTokens: number | null;
  completionTokens: number | null;
  /** Part of completionTokens. */
  reasoningTokens: number;
}

/** How an answer was completed. */
export interface Completion {
  finishReason: FinishReason;
  usage: ProviderUsage | null;
  /** Structured output only: whether the answer fits the schema, and if not, why. */
  valid?: boolean;
  validationErrors?: readonly string[];
}

/**
 * Writes one answer to a sink. Resolves when the provider's answer is complete. Rejects with a ServiceError, or with
 * anything else, which is an internal error. When `signal` aborts, it must close its request to the provider at once;
 * what it does after that is ignored.
 */
export type Producer<S extends Sink = Sink> = (sink: S, signal: AbortSignal) => Promise<Completion>;
