import { ChatClientError } from './errors.ts';
import type { RunEvent } from './events.ts';
import type { SseMessage } from './parser.ts';

/** An event, and the position in its run after it. */
export interface Positioned {
  event: RunEvent;
  runId: string;
  position: number;
}

const TOTALS = { totalChunks: 'number', finalContentLength: 'number', totalTime: 'number', usage: 'object' };

/** The fields without which an event cannot be worked with. More may come with newer servers. */
const FIELDS: Record<RunEvent['type'], Record<string, string>> = {
  start: { chatId: 'string', runId: 'string', messageId: 'string', model: 'string', provider: 'string' },
  status: { message: 'string', attempt: 'number', of: 'number', retryInMs: 'number' },
  content: { content: 'string', chunkNumber: 'number' },
  reasoning: { content: 'string' },
  progress: { chunksReceived: 'number', contentLength: 'number', elapsedMs: 'number' },
  redact: { from: 'number', to: 'number' },
  file_start: { fileId: 'string', name: 'string' },
  file_complete: { fileId: 'string', name: 'string', after: 'string' },
  file_delete: { fileId: 'string', name: 'string', before: 'string' },
  status_update: { status: 'string' },
  complete: { finishReason: 'string', ...TOTALS },
  stopped: { cause: 'string', ...TOTALS },
  error: { code: 'string', message: 'string', retryable: 'boolean', ...TOTALS },
};

const SHAPES = new Map(Object.entries(FIELDS).map(([type, fields]) => [type, Object.entries(fields)]));

/**
 * What an SSE message of the native protocol says; null for a type that this version does not know. Throws a
 * ChatClientError `protocol_error` for what is not this protocol.
 */
export function decode({ id, data }: SseMessage): Positioned | null {
  const value = json(data);
  if (typeof value !== 'object' || value === null || !('type' in value))
    throw foreign('an event has no type');
  if (!SHAPES.has(String(value.type))) return null;
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
  const shape = typeof value.type === 'string' ? SHAPES.get(value.type) : undefined;
  return shape?.every(([name, type]) => isOf(type, Reflect.get(value, name))) ?? false;
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
