import type {
  CompleteEvent,
  ContentEvent,
  FinishReason,
  ProgressEvent,
  ReasoningEvent,
  RedactEvent,
  StatusEvent,
  Usage,
} from '../wire/events.ts';
import type { PromptMessage } from './models.ts';

/** The events of an answer. Errors are thrown; there is no event for them. */
export type LLMEvent =
  | ContentEvent
  | ReasoningEvent
  | RedactEvent
  | StatusEvent
  | ProgressEvent
  | CompleteEvent;

/** Called in the order of the events. When one throws, the answer ends and rejects with the error thrown. */
export interface LLMCallbacks {
  /** The next text of the answer; chunks that arrived together are one text. */
  onContent?(content: string, event: ContentEvent): void;
  onReasoning?(content: string, event: ReasoningEvent): void;
  /** The request is retried, or a fallback is tried. Never after the first content. */
  onStatus?(event: StatusEvent): void;
  /** Content offsets `[from, to)` were redacted: each unit is now U+2588. */
  onRedact?(event: RedactEvent): void;
  onProgress?(event: ProgressEvent): void;
  onComplete?(event: CompleteEvent): void;
}

export interface LLMCallOptions extends LLMCallbacks {
  /** Aborting it ends the request to the provider at once; the answer rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** A complete answer. */
export interface LLMResult {
  content: string;
  /** Null: the model returned no reasoning. */
  reasoning: string | null;
  finishReason: FinishReason;
  usage: Usage;
  /** The model that generated the answer: the fallback, if there was one. */
  model: string;
  provider: string;
  /** With a response format only: whether the content fits its schema, and if not, why. */
  valid?: boolean;
  validationErrors?: readonly string[];
}

/**
 * An answer that can be awaited, iterated, or both. Rejects and throws with ServiceError (ProviderError with the codes
 * of PROV-6), or with the reason of the signal. Leaving the iteration stops the answer.
 */
export type LLMAnswer = Promise<LLMResult> & AsyncIterable<LLMEvent>;

/** A model as a function from a prompt to an answer. A string is one message of the user. */
export type LLMFunction = (prompt: string | readonly PromptMessage[], options?: LLMCallOptions) => LLMAnswer;
