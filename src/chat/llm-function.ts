import type {
  CompleteEvent,
  ContentEvent,
  FinishReason,
  ProgressEvent,
  ReasoningEvent,
  RedactEvent,
  StatusEvent,
  Usage,
} from '../runs/events.ts';
import type { PromptMessage } from './models.ts';

/** What an answer says while it comes. A failure is thrown, not an event. */
export type LLMEvent =
  | ContentEvent
  | ReasoningEvent
  | RedactEvent
  | StatusEvent
  | ProgressEvent
  | CompleteEvent;

/** Called in the order of the events. One that throws ends the answer, which rejects with what was thrown. */
export interface LLMCallbacks {
  /** The next piece of the answer; pieces that came together are one. */
  onContent?(content: string, event: ContentEvent): void;
  onReasoning?(content: string, event: ReasoningEvent): void;
  /** The provider is tried again, or another model instead of it. Never after the first content. */
  onStatus?(event: StatusEvent): void;
  /** Content offsets `[from, to)` were taken back, and read U+2588 from now on. */
  onRedact?(event: RedactEvent): void;
  onProgress?(event: ProgressEvent): void;
  onComplete?(event: CompleteEvent): void;
}

export interface LLMCallOptions extends LLMCallbacks {
  /** Its abort ends the provider's request at once; the answer rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/** A whole answer. */
export interface LLMResult {
  content: string;
  /** What the model thought aloud; null: nothing. */
  reasoning: string | null;
  finishReason: FinishReason;
  usage: Usage;
  /** Whose answer it is: another model's than was asked, if a fallback gave it. */
  model: string;
  provider: string;
  /** With a response format only: whether the content fits its schema, and if not, why. */
  valid?: boolean;
  validationErrors?: readonly string[];
}

/**
 * An answer that comes: to be awaited, or iterated, or both. Rejects and throws ServiceError (a ProviderError with the
 * codes of PROV-6), or the reason of the signal. Leaving the iteration ends the answer.
 */
export type LLMAnswer = Promise<LLMResult> & AsyncIterable<LLMEvent>;

/** A model as a function of what was said. A string is one message of the user. */
export type LLMFunction = (prompt: string | readonly PromptMessage[], options?: LLMCallOptions) => LLMAnswer;
