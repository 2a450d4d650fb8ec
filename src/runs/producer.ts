import type { EditReport, FileEvent, FinishReason, StatusEvent } from './events.ts';

/** What a producer tells while it works. Calls after the run has ended are ignored. */
export interface Sink {
  /** One chunk of the answer. */
  content(text: string): void;
  /** One chunk of what a reasoning model thinks aloud. */
  reasoning(text: string): void;
  /** Content offsets `[from, to)` are taken back (PROV-8). */
  redact(from: number, to: number): void;
  status(remark: Omit<StatusEvent, 'type'>): void;
}

/** What a producer can tell that edits files, beside what all producers tell. */
export interface EditSink extends Sink {
  mark(event: FileEvent): void;
  /**
   * A part of the answer that is not content: it counts towards the bound of an answer, and as tokens. Answers whether
   * it still belongs to the answer: not when that was full, or the run has ended. `chunks`: how many begin in it.
   */
  aside(text: string, chunks: number): boolean;
  /** The text of a file is taken back (PROV-8): what was told of it says what it was before. */
  withdraw(fileId: string): void;
  /** `finish` is called, once, when it is decided how the run ends, and waited for before that is stored and told. */
  beforeEnd(finish: (ending: Ending) => Promise<LastWord>): void;
}

/** How the run can still say something before its terminal. */
export interface Ending {
  /** The model has said all that it wanted to. */
  readonly complete: boolean;
  mark(event: FileEvent): void;
}

/** What has become of the files. `failure`: why it is not all that the model said. */
export interface LastWord {
  edit: EditReport | null;
  failure: unknown;
}

/** The provider's own figures. */
export interface ProviderUsage {
  promptTokens: number;
  completionTokens: number;
  reasoningTokens: number;
}

/** How an answer ended well. */
export interface Completion {
  finishReason: FinishReason;
  usage: ProviderUsage | null;
  /** Structured output only: whether the answer fits the schema, and if not, why. */
  valid?: boolean;
  validationErrors?: readonly string[];
}

/**
 * Writes one answer. Resolves when the provider has said all; rejects with what went wrong (a ServiceError, or anything
 * else: then it is an internal error). When `signal` aborts it must let go of the provider at once; what it does after
 * that no longer matters.
 */
export type Producer<Told extends Sink = Sink> = (sink: Told, signal: AbortSignal) => Promise<Completion>;
