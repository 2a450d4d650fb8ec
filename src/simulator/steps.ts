/** One step of a response; after the last one the response ends cleanly. */
export type Step =
  | { readonly kind: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'send'; readonly data: string | Buffer }
  /** Sends the data so far separately from what follows. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Sends nothing more; the connection stays open. */
  | { readonly kind: 'stall' }
  /** Closes the socket after all data was sent. */
  | { readonly kind: 'close' }
  /** Resets the connection at once. */
  | { readonly kind: 'reset' };

export const send = (data: string | Buffer): Step => ({ kind: 'send', data });

/** Waits; without a delay the answer is sent as fast as it is read. */
export function* wait(ms: number): Generator<Step, void> {
  if (ms > 0) yield { kind: 'wait', ms };
}

/** CRLF for LF in everything sent as text. JSON has no raw line ends, so only those of the protocol are meant. */
export function* withCrlf(steps: Iterable<Step>): Generator<Step, void> {
  for (const step of steps) {
    yield step.kind === 'send' && typeof step.data === 'string'
      ? send(step.data.replaceAll('\n', '\r\n'))
      : step;
  }
}
