import type { RunEvent } from '../wire/events.ts';

/**
 * Made by the client, right before the terminal: a crash of the server lost the newest text, of which this reader has
 * seen more than was saved. What goes beyond `to` (a content offset) is no part of the answer any more.
 */
export interface CutEvent {
  type: 'cut';
  to: number;
}

/** What a reader receives. */
export type ClientEvent = RunEvent | CutEvent;
