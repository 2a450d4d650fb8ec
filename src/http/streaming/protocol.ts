import type { Entry } from '../../runs/entries.ts';
import type { RunDescription } from '../../runs/store.ts';
import type { StartEvent } from '../../wire/events.ts';

/**
 * How the events of a run are written for one kind of client. A protocol is a pure encoder from run events to text: it
 * has no state that a reader would need to resume later (WIRE-1).
 */
export interface WireProtocol {
  /** As stored with the run, and in `?protocol=`. */
  readonly name: string;
  /** Headers of the response, beside those of every stream (SSE-1). */
  headers(run: RunDescription): Readonly<Record<string, string>>;
  /** For one reader. `from`: the position that it has; 0: it starts, and gets a `start` event first. */
  encoder(run: RunDescription, from: number): Encoder;
}

export interface Encoder {
  /**
   * The frames for an event; the empty string when this protocol has none for it. What a protocol sends after its last
   * event (`[DONE]`) belongs to the frames of the terminal event: the response ends after it.
   */
  encode(event: EncodableEvent): string;
}

/** An event and the position after it. */
export type EncodableEvent = Entry | { event: StartEvent; position: 0 };

export const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };
