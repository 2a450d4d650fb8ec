import type { TerminalEvent } from '../../runs/events.ts';
import type { RunDescription } from '../../runs/store.ts';
import { frame } from '../frame.ts';
import { type EncodableEvent, type Encoder, EVENT_STREAM, type WireProtocol } from '../protocol.ts';

/** The text of the last `message` event; no other event has it. */
export const END_MARK = '[DONE]';

/** How long a browser waits before it comes back, in ms; its own default is 3 s or more. */
const RETRY_MS = 1000;

/**
 * For a browser's `EventSource` (WIRE-5): `message` events {text, metadata}, a last one with the text `[DONE]`, `error`
 * events with data. What has a name of its own (`start`, `reasoning`, `redact`, `status`) reaches only who listens for it.
 */
export const eventSource: WireProtocol = {
  name: 'eventsource',
  headers: () => EVENT_STREAM,
  encoder: (run) => new EventSourceEncoder(run),
};

class EventSourceEncoder implements Encoder {
  constructor(private readonly run: RunDescription) {}

  encode({ event, position }: EncodableEvent): string {
    const id = `${this.run.runId}:${position}`;
    switch (event.type) {
      case 'start': {
        const { type: _, ...start } = event;
        // Alone and first: an id takes effect without data, and whoever has it never starts a second run.
        return `id: ${id}\n\nretry: ${RETRY_MS}\n${frame(JSON.stringify(start), id, 'start')}`;
      }
      case 'content':
        return this.#content(event.content, position);
      case 'reasoning':
        return frame(this.#message(event.content), id, 'reasoning');
      case 'redact':
        return frame(JSON.stringify({ from: event.from, to: event.to }), id, 'redact');
      case 'status': {
        const { type: _, ...status } = event;
        return frame(JSON.stringify(status), id, 'status');
      }
      // What happens to files has no place in this protocol.
      case 'file_start':
      case 'file_complete':
      case 'file_delete':
      case 'status_update':
      case 'progress':
        return '';
      case 'complete':
      case 'stopped':
        return frame(this.#message(END_MARK, endOf(event)), id);
      case 'error': {
        const { code, message, retryable } = event;
        const error = { code, message, retryable, metadata: this.#metadata(endOf(event)) };
        return frame(JSON.stringify({ error }), id, 'error');
      }
    }
  }

  /** Text that reads like the end mark goes out in two halves. */
  #content(text: string, position: number): string {
    const { runId } = this.run;
    if (text !== END_MARK) return frame(this.#message(text), `${runId}:${position}`);
    const half = END_MARK.length / 2;
    return (
      frame(this.#message(text.slice(0, half)), `${runId}:${position - half}`) +
      frame(this.#message(text.slice(half)), `${runId}:${position}`)
    );
  }

  #message(text: string, more: object = {}): string {
    return JSON.stringify({ text, metadata: this.#metadata(more) });
  }

  #metadata(more: object) {
    const { model, provider } = this.run;
    return { model, provider, timestamp: new Date().toISOString(), ...more };
  }
}

/** How it ended, for the last event's metadata. */
function endOf(terminal: TerminalEvent) {
  const { usage, totalTime, timeToFirstToken } = terminal;
  const totals = { usage, totalTime, timeToFirstToken };
  if (terminal.type === 'complete') return { finishReason: terminal.finishReason, ...totals };
  return terminal.type === 'stopped' ? { stopped: terminal.cause, ...totals } : totals;
}
