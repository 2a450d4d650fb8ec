import type { ErrorCode } from '../errors.ts';

/** What a provider says at the end of an answer; `length` also when our own bound cut it (RUN-12). */
export type FinishReason = 'stop' | 'length' | 'content_filter';

/** Why somebody here ended a run before its provider did. */
export type StopCause = 'user_stop' | 'reader_left' | 'superseded' | 'deleted';

/** Tokens. `estimated`: counted here, because the provider gave no figure. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
  /** Part of completionTokens. */
  reasoningTokens: number;
  totalTokens: number;
  estimated: boolean;
}

/** What every terminal event says. Times in ms. */
export interface Totals {
  /** Chunks of text that the provider sent; several that came together are one content event. */
  totalChunks: number;
  /** UTF-16 units of content, without reasoning. */
  finalContentLength: number;
  totalTime: number;
  /** Null when there was no token. */
  timeToFirstToken: number | null;
  usage: Usage;
  /** Edits of a workspace only. */
  edit?: EditReport;
}

export interface ContentEvent {
  type: 'content';
  content: string;
  /** 1, 2, 3 … counting content events. */
  chunkNumber: number;
}

export interface ReasoningEvent {
  type: 'reasoning';
  content: string;
}

/** Text was taken back (PROV-8): these units of content (offsets) now read U+2588. */
export interface RedactEvent {
  type: 'redact';
  from: number;
  to: number;
}

/** The model begins to write a file of a workspace. */
export interface FileStartEvent {
  type: 'file_start';
  fileId: string;
  name: string;
}

/** It has written it. `before`: the text as it was, null for a new file; `after`: with what people wrote meanwhile. */
export interface FileCompleteEvent {
  type: 'file_complete';
  fileId: string;
  name: string;
  before: string | null;
  after: string;
}

/** It has removed it. */
export interface FileDeleteEvent {
  type: 'file_delete';
  fileId: string;
  name: string;
  before: string;
}

/** What else is to be said of an edit, in a sentence. */
export interface StatusUpdateEvent {
  type: 'status_update';
  status: string;
}

/** What an answer does to the files of a workspace (EDIT-3). */
export type FileEvent = FileStartEvent | FileCompleteEvent | FileDeleteEvent | StatusUpdateEvent;

/** What an edit did to a file. */
export interface FileChange {
  fileId: string;
  name: string;
  change: 'created' | 'changed' | 'deleted' | 'left_out';
  /** Why it was left out. */
  reason?: string;
}

/** What an edit did: all that the model said, what it had said when it was cut off, or in the end nothing (EDIT-4). */
export interface EditReport {
  outcome: 'applied' | 'kept' | 'rolled_back';
  files: readonly FileChange[];
}

export interface CompleteEvent extends Totals {
  type: 'complete';
  finishReason: FinishReason;
  /** Structured output only: whether the answer fits the schema, and if not, why. */
  valid?: boolean;
  validationErrors?: readonly string[];
}

export interface StoppedEvent extends Totals {
  type: 'stopped';
  cause: StopCause;
}

export interface ErrorEvent extends Totals {
  type: 'error';
  code: ErrorCode;
  message: string;
  retryable: boolean;
}

export type TerminalEvent = CompleteEvent | StoppedEvent | ErrorEvent;

/** What stays in a log, and moves its position. */
export type DurableEvent = ContentEvent | ReasoningEvent | RedactEvent | FileEvent | TerminalEvent;

export interface StatusEvent {
  type: 'status';
  message: string;
  attempt: number;
  of: number;
  retryInMs: number;
  /** Who answers from here on, when that is another model than the run began with. */
  model?: string;
  provider?: string;
}

export interface ProgressEvent {
  type: 'progress';
  chunksReceived: number;
  contentLength: number;
  elapsedMs: number;
}

/** A passing remark: repeats the last position, is never replayed. */
export type Remark = StatusEvent | ProgressEvent;

export type LogEvent = DurableEvent | Remark;

/** Sent only to a reader that begins at 0; not in the log, because it says what is known of the run anyway. */
export interface StartEvent {
  type: 'start';
  chatId: string;
  runId: string;
  messageId: string;
  model: string;
  provider: string;
}

export type RunEvent = StartEvent | LogEvent;

export function isTerminal(event: RunEvent): event is TerminalEvent {
  return event.type === 'complete' || event.type === 'stopped' || event.type === 'error';
}

export function isRemark(event: RunEvent): event is Remark {
  return event.type === 'status' || event.type === 'progress';
}

/** How far an event moves the position: text by its UTF-16 units, anything else by one. */
export function extent(event: DurableEvent): number {
  return event.type === 'content' || event.type === 'reasoning' ? event.content.length : 1;
}
