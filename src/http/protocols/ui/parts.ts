import type { FileEvent, Usage } from '../../../wire/events.ts';

/** `message.metadata` of our messages; later parts add to earlier ones. */
export interface UiMetadata {
  runId?: string;
  chatId?: string;
  model?: string;
  provider?: string;
  /** Why the run ended: a finish reason, a stop cause, or an error code. */
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
 * The parts of a UI message stream, version 1, that we send. Every release of `ai` from 5.0.0 on accepts these: an
 * unknown part ends the stream with an error in all of them, an unknown field (`finish.finishReason`, `abort.reason`)
 * in some.
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
