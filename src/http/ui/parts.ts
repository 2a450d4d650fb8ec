import type { FileEvent, Usage } from '../../runs/events.ts';

/** What a message of ours says about itself in `message.metadata`; later parts add to earlier ones. */
export interface UiMetadata {
  runId?: string;
  chatId?: string;
  model?: string;
  provider?: string;
  /** How it ended: a finish reason, a stop cause, or an error code. */
  finishReason?: string;
  usage?: Usage;
  /** In ms. */
  totalTime?: number;
  timeToFirstToken?: number | null;
  /** Structured output only (PROV-7). */
  valid?: boolean;
  validationErrors?: readonly string[];
}

/**
 * The parts of a UI message stream, version 1, that we say. Every release of `ai` from 5.0.0 on takes exactly these: an
 * unknown part kills the stream on all of them, an unknown field (`finish.finishReason`, `abort.reason`) on some.
 */
export type UiPart =
  | { type: 'start'; messageId: string; messageMetadata: UiMetadata }
  | { type: 'text-start' | 'text-end' | 'reasoning-start' | 'reasoning-end'; id: string }
  | { type: 'text-delta' | 'reasoning-delta'; id: string; delta: string }
  | { type: 'data-redact'; data: { from: number; to: number }; transient: true }
  | { type: `data-${FileEvent['type']}`; data: Omit<FileEvent, 'type'>; transient: true }
  | { type: 'message-metadata'; messageMetadata: UiMetadata }
  | { type: 'finish'; messageMetadata: UiMetadata }
  | { type: 'abort' }
  | { type: 'error'; errorText: string };
