import { InvalidRequestError } from '../errors.ts';
import type { RunDescription } from '../runs/store.ts';
import { edit } from './edit.ts';
import { eventSource } from './eventsource/encoder.ts';
import { native } from './native.ts';
import { openai } from './openai/encoder.ts';
import type { WireProtocol } from './protocol.ts';
import { ui } from './ui/encoder.ts';

/** Every language in which a run can be followed, by the name that `?protocol=` takes (WIRE-1). */
const PROTOCOLS: ReadonlyMap<string, WireProtocol> = new Map(
  [native, edit, ui, openai, eventSource].map((protocol) => [protocol.name, protocol]),
);

export const PROTOCOL_NAMES: readonly string[] = [...PROTOCOLS.keys()];

/** The one that started a run; whatever else may have started it, native can say. */
export function protocolOf({ protocol }: RunDescription): WireProtocol {
  return PROTOCOLS.get(protocol) ?? native;
}

/** Throws InvalidRequestError that lists what there is. */
export function protocolNamed(name: string): WireProtocol {
  const protocol = PROTOCOLS.get(name);
  if (protocol) return protocol;
  throw InvalidRequestError.field('protocol', `"${name}" is not one of ${PROTOCOL_NAMES.join(', ')}`);
}
