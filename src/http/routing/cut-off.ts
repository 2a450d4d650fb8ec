import type { ServerResponse } from 'node:http';
import { closeResponse } from './socket-end.ts';

const CUT_OFF = new WeakSet<ServerResponse>();

/** Ends a response whose reader may not read on. Its run goes on, whatever it does when a reader leaves (AUTH-9). */
export function cutOff(response: ServerResponse): void {
  CUT_OFF.add(response);
  closeResponse(response);
}

/** Whether a closed response was cut off here, and not left by its reader. */
export function isCutOff(response: ServerResponse): boolean {
  return CUT_OFF.has(response);
}
