/** One act of answering. A response is a sequence of them; when it is over, the response ends cleanly. */
export type Step =
  | { readonly kind: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'send'; readonly data: string | Buffer }
  /** What was sent so far leaves on its own, not together with what follows. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Nothing more, ever; the connection stays open. */
  | { readonly kind: 'stall' }
  /** Closes the socket once everything sent has left. */
  | { readonly kind: 'close' }
  /** Resets the connection at once. */
  | { readonly kind: 'reset' };

export const send = (data: string | Buffer): Step => ({ kind: 'send', data });

/** Waits, unless there is nothing to wait for: with no delay an answer goes out as fast as it is read. */
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
