import type { ErrorCode } from './error-codes.ts';

/** What a provider says at the end of an answer; `length` also when our own bound cut it (RUN-12). */
export type FinishReason = 'stop' | 'length' | 'content_filter';

/** Why a run was ended before its provider did. */
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

/** Text was redacted (PROV-8): these units of content (offsets) now read U+2588. */
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

/** First for a reader that begins at 0. Not in the log, because all of it is known without the log. */
export interface StartEvent {
  type: 'start';
  chatId: string;
  runId: string;
  messageId: string;
  model: string;
  provider: string;
}

/** Every event of a run. */
export type RunEvent =
  | StartEvent
  | StatusEvent
  | ContentEvent
  | ReasoningEvent
  | ProgressEvent
  | RedactEvent
  | FileEvent
  | TerminalEvent;

export type TerminalEvent = CompleteEvent | StoppedEvent | ErrorEvent;

/**
 * What the log does with an event.
 * - `start`: the log does not hold it. A reader that begins at 0 gets it first.
 * - `text`: durable. Moves the position by its UTF-16 units. Readers may get it in parts, or joined to its neighbours.
 * - `item`: durable. Moves the position by one, and is stored as it is.
 * - `terminal`: durable. Moves the position by one; nothing follows it.
 * - `transient`: repeats the last position. It reaches those who follow when it is made, and is never stored or
 *   replayed.
 */
export type EventKind = 'start' | 'text' | 'item' | 'terminal' | 'transient';

type TypeOf<Value> = Value extends string
  ? 'string'
  : Value extends number
    ? 'number'
    : Value extends boolean
      ? 'boolean'
      : 'object';

/** The fields that an event always has and that are never null, with what `typeof` says of them. */
type FieldsOf<Event extends object> = {
  [Key in keyof Event as Key extends 'type'
    ? never
    : undefined extends Event[Key]
      ? never
      : null extends Event[Key]
        ? never
        : Key]: TypeOf<Event[Key]>;
};

type Declarations = {
  readonly [Type in RunEvent['type']]: {
    readonly kind: EventKind;
    /** Clients refuse an event that lacks one of these. */
    readonly fields: FieldsOf<EventOf<Type>>;
  };
};

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

const TOTALS = {
  totalChunks: 'number',
  finalContentLength: 'number',
  totalTime: 'number',
  usage: 'object',
} as const;

/**
 * Declares every type of event. The log, what is stored, replay and the client derive from this what they do with it; a
 * protocol that does not name a type says nothing for it (docs/recipes.md).
 */
export const EVENTS = {
  start: {
    kind: 'start',
    fields: { chatId: 'string', runId: 'string', messageId: 'string', model: 'string', provider: 'string' },
  },
  status: {
    kind: 'transient',
    fields: { message: 'string', attempt: 'number', of: 'number', retryInMs: 'number' },
  },
  content: { kind: 'text', fields: { content: 'string', chunkNumber: 'number' } },
  reasoning: { kind: 'text', fields: { content: 'string' } },
  progress: {
    kind: 'transient',
    fields: { chunksReceived: 'number', contentLength: 'number', elapsedMs: 'number' },
  },
  redact: { kind: 'item', fields: { from: 'number', to: 'number' } },
  file_start: { kind: 'item', fields: { fileId: 'string', name: 'string' } },
  file_complete: { kind: 'item', fields: { fileId: 'string', name: 'string', after: 'string' } },
  file_delete: { kind: 'item', fields: { fileId: 'string', name: 'string', before: 'string' } },
  status_update: { kind: 'item', fields: { status: 'string' } },
  complete: { kind: 'terminal', fields: { finishReason: 'string', ...TOTALS } },
  stopped: { kind: 'terminal', fields: { cause: 'string', ...TOTALS } },
  error: { kind: 'terminal', fields: { code: 'string', message: 'string', retryable: 'boolean', ...TOTALS } },
} as const satisfies Declarations;

type OfKind<Kind extends EventKind> = {
  [Type in RunEvent['type']]: (typeof EVENTS)[Type]['kind'] extends Kind ? EventOf<Type> : never;
}[RunEvent['type']];

export type TextEvent = OfKind<'text'>;
export type ItemEvent = OfKind<'item'>;
export type TransientEvent = OfKind<'transient'>;
export type DurableEvent = OfKind<'text' | 'item' | 'terminal'>;
/** What the log of a run holds. */
export type LogEvent = DurableEvent | TransientEvent;

type Typed = { readonly type: string };

const KINDS: ReadonlyMap<string, EventKind> = new Map(
  Object.entries(EVENTS).map(([type, { kind }]) => [type, kind]),
);

export function isTerminal(event: Typed): event is TerminalEvent {
  return KINDS.get(event.type) === 'terminal';
}

export function isTransient(event: Typed): event is TransientEvent {
  return KINDS.get(event.type) === 'transient';
}

export function isText(event: Typed): event is TextEvent {
  return KINDS.get(event.type) === 'text';
}

/** How far an event moves the position of a run. */
export function extent(event: RunEvent): number {
  if (isText(event)) return event.content.length;
  const { kind } = EVENTS[event.type];
  return kind === 'item' || kind === 'terminal' ? 1 : 0;
}
