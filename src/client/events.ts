/** Why the model stopped; `length`: at a bound, the model's or the server's. */
export type FinishReason = 'stop' | 'length' | 'content_filter';

/** Why somebody ended the run before the model did. */
export type StopCause = 'user_stop' | 'reader_left' | 'superseded' | 'deleted';

/** Tokens. `estimated`: counted by the server, because the provider gave no figure. */
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
  totalChunks: number;
  /** UTF-16 units of content, without reasoning: `content.length` of the whole answer. */
  finalContentLength: number;
  totalTime: number;
  /** Null when there was no token. */
  timeToFirstToken: number | null;
  usage: Usage;
  /** Edits of a workspace only. */
  edit?: EditReport;
}

/** The first event of every run that is read from its beginning. */
export interface StartEvent {
  type: 'start';
  chatId: string;
  runId: string;
  messageId: string;
  model: string;
  provider: string;
}

/** The server tries again to reach the provider. */
export interface StatusEvent {
  type: 'status';
  message: string;
  attempt: number;
  of: number;
  retryInMs: number;
}

export interface ContentEvent {
  type: 'content';
  content: string;
  /** 1, 2, 3 … ; parts of an event that was sent in parts share their number. */
  chunkNumber: number;
}

export interface ReasoningEvent {
  type: 'reasoning';
  content: string;
}

export interface ProgressEvent {
  type: 'progress';
  chunksReceived: number;
  contentLength: number;
  elapsedMs: number;
}

/** A content filter took text back: these units of content (offsets) now read U+2588. */
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

/** The run failed; the text so far stays. `interrupted`: the server went away in the middle. */
export interface ErrorEvent extends Totals {
  type: 'error';
  code: ErrorCode;
  message: string;
  retryable: boolean;
}

export type TerminalEvent = CompleteEvent | StoppedEvent | ErrorEvent;

/** What the server sends. */
export type RunEvent =
  | StartEvent
  | StatusEvent
  | ContentEvent
  | ReasoningEvent
  | ProgressEvent
  | RedactEvent
  | FileEvent
  | TerminalEvent;

/**
 * Made by the client, right before the terminal: a crash of the server lost the newest text, of which this reader has
 * seen more than was saved. What goes beyond `to` (a content offset) is no part of the answer any more.
 */
export interface CutEvent {
  type: 'cut';
  to: number;
}

/** What a reader gets to see. */
export type ClientEvent = RunEvent | CutEvent;

/** Codes of the server, in `error` events and in HTTP errors. Each has one meaning. */
export type ErrorCode =
  | 'invalid_request'
  | 'not_found'
  | 'method_not_allowed'
  | 'payload_too_large'
  | 'forbidden_origin'
  | 'chat_busy'
  | 'workspace_busy'
  | 'undo_expired'
  | 'workspace_full'
  | 'already_undone'
  | 'idempotency_key_reused'
  | 'shutting_down'
  | 'storage_failed'
  | 'internal_error'
  | 'rate_limited'
  | 'context_length_exceeded'
  | 'content_filtered'
  | 'provider_auth_failed'
  | 'model_not_found'
  | 'provider_unavailable'
  | 'provider_protocol_error'
  | 'first_token_timeout'
  | 'idle_timeout'
  | 'total_timeout'
  | 'interrupted'
  | 'stopped';

export function isTerminal(event: ClientEvent): event is TerminalEvent {
  return event.type === 'complete' || event.type === 'stopped' || event.type === 'error';
}

/** How far an event moves the position of a run: text by its UTF-16 units, remarks not at all, anything else by one. */
export function extent(event: RunEvent): number {
  switch (event.type) {
    case 'content':
    case 'reasoning':
      return event.content.length;
    case 'start':
    case 'status':
    case 'progress':
      return 0;
    case 'redact':
    case 'file_start':
    case 'file_complete':
    case 'file_delete':
    case 'status_update':
    case 'complete':
    case 'stopped':
    case 'error':
      return 1;
  }
}
