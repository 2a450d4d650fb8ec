import { InvalidRequestError } from '../../errors.ts';
import type { RunDescription } from '../../runs/store.ts';
import type { WireProtocol } from '../streaming/protocol.ts';
import { edit } from './edit/encoder.ts';
import { eventSource } from './eventsource/encoder.ts';
import { native } from './native/encoder.ts';
import { openai } from './openai/encoder.ts';
import { ui } from './ui/encoder.ts';

/** Every protocol in which a run can be followed, by its name in `?protocol=` (WIRE-1). */
const PROTOCOLS: ReadonlyMap<string, WireProtocol> = new Map(
  [native, edit, ui, openai, eventSource].map((protocol) => [protocol.name, protocol]),
);

export const PROTOCOL_NAMES: readonly string[] = [...PROTOCOLS.keys()];

/** The protocol that started a run; native, where that has no encoder. */
export function protocolOf({ protocol }: RunDescription): WireProtocol {
  return PROTOCOLS.get(protocol) ?? native;
}

/** Throws InvalidRequestError that lists the names. */
export function protocolNamed(name: string): WireProtocol {
  const protocol = PROTOCOLS.get(name);
  if (protocol) return protocol;
  throw InvalidRequestError.field('protocol', `"${name}" is not one of ${PROTOCOL_NAMES.join(', ')}`);
}
