import type { Entry } from '../runs/entries.ts';
import type { StartEvent } from '../runs/events.ts';
import type { RunDescription } from '../runs/store.ts';

/**
 * How one client's language says what happens in a run. A protocol is a pure encoder from run events to text: it has no
 * state that a reader would need who comes back later (WIRE-1).
 */
export interface WireProtocol {
  /** As stored with the run, and in `?protocol=`. */
  readonly name: string;
  /** What the response says beside the headers of every stream (SSE-1). */
  headers(run: RunDescription): Readonly<Record<string, string>>;
  /** For one reader. `from`: the position that it has; 0: it begins, and gets a `start` event first. */
  encoder(run: RunDescription, from: number): Encoder;
}

export interface Encoder {
  /**
   * The frames for an event; the empty string when this protocol has none for it. Whatever a protocol says after its
   * last event (`[DONE]`) belongs to the frames of the terminal event: the response ends after it.
   */
  encode(event: EncodableEvent): string;
}

/** An event and the position after it. */
export type EncodableEvent = Entry | { event: StartEvent; position: 0 };

export const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };
