import { EVENTS, type RunEvent } from '../wire/events.ts';
import { ChatClientError } from './errors.ts';
import type { SseMessage } from './sse/parser.ts';

/** An event, null for a type that this version does not know, and the position in its run after it. */
export interface Positioned {
  event: RunEvent | null;
  runId: string;
  position: number;
}

/** The fields without which an event cannot be worked with. More may come with newer servers. */
const FIELDS = new Map(Object.entries(EVENTS).map(([type, { fields }]) => [type, Object.entries(fields)]));

/**
 * Parses an SSE message of the native protocol. Throws a ChatClientError `protocol_error` for what is not this
 * protocol.
 */
export function decode({ id, data }: SseMessage): Positioned {
  const value = json(data);
  if (typeof value !== 'object' || value === null || !('type' in value))
    throw foreign('an event has no type');
  // Newer servers have more types; they move the position all the same (PART-4).
  if (!FIELDS.has(String(value.type))) return { event: null, ...parseEventId(id) };
  if (!isRunEvent(value)) throw foreign(`an event of type ${value.type} lacks a field`);
  return { event: value, ...parseEventId(id) };
}

/** `<runId>:<position>`, as in `id:` lines, `Last-Event-ID` and `activeRun.lastEventId`. */
export function parseEventId(id: string): { runId: string; position: number } {
  const match = /^([^:]+):(\d{1,15})$/.exec(id);
  if (!match?.[1]) throw foreign('an event has no id of the form <runId>:<position>');
  return { runId: match[1], position: Number(match[2]) };
}

export function isRunEvent(value: unknown): value is RunEvent {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  const fields = typeof value.type === 'string' ? FIELDS.get(value.type) : undefined;
  return fields?.every(([name, type]) => isOf(type, Reflect.get(value, name))) ?? false;
}

function isOf(type: string, value: unknown): boolean {
  return typeof value === type && value !== null;
}

function json(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw foreign('an event is not JSON');
  }
}

function foreign(what: string): ChatClientError {
  return new ChatClientError('protocol_error', `This is not the stream of a run: ${what}.`);
}
