import type { Fault, ResolvedBehaviour } from './behaviour.ts';
import { type Step, send, wait } from './steps.ts';
import type { Wire } from './wire.ts';

/** A fault at a certain point of an answer. */
export type Interruption = Extract<Fault, { at: unknown }>;

/** Points of an answer: before the status line, before token n, before the finish_reason, after it. */
export type Point = 'headers' | number | 'finish' | 'end';

export function interruptionOf({ fault }: ResolvedBehaviour): Interruption | null {
  return fault && 'at' in fault ? fault : null;
}

export function isDue({ kind, at }: Interruption, point: Point): boolean {
  // A fault at a token that the answer does not have, and `answer_filtered`, replace the finish_reason.
  if (point === 'finish') return typeof at === 'number' || kind === 'answer_filtered';
  return (at === 'start' ? 0 : at) === point;
}

/**
 * The steps of a fault in a stream.
 *
 * @param characters UTF-16 units of the answer so far; @param closing the proper end, usage and `[DONE]`.
 * @returns whether the stream is over.
 */
export function* injectFault(
  fault: Interruption,
  wire: Wire,
  characters: number,
  closing: () => Iterable<Step>,
): Generator<Step, boolean> {
  switch (fault.kind) {
    case 'stall':
    case 'close':
    case 'reset':
      yield { kind: fault.kind };
      return true;
    case 'pause':
      yield* wait(fault.ms);
      return false;
    case 'cut_short':
      return true;
    case 'error':
      yield send(wire.error(fault.code, fault.message));
      return true;
    case 'malformed':
      yield send(wire.malformed());
      return false;
    case 'answer_filtered':
      yield send(wire.finish('content_filter'));
      yield* closing();
      return true;
    case 'late_violation':
      yield send(wire.violation({ from: fault.from, to: fault.to ?? characters }));
      yield* closing();
      return true;
  }
}
