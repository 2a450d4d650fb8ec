import type { RunDescription } from '../../../runs/store.ts';
import type { TerminalEvent } from '../../../wire/events.ts';
import { frame } from '../../streaming/frame.ts';
import {
  type EncodableEvent,
  type Encoder,
  EVENT_STREAM,
  type WireProtocol,
} from '../../streaming/protocol.ts';

/** The text of the last `message` event; no other event has it. */
const END_MARK = '[DONE]';

/** How long a browser waits before it reconnects, in ms; its own default is 3 s or more. */
const RETRY_MS = 1000;

/**
 * For browsers' `EventSource` (WIRE-5): `message` events {text, metadata}, a last one with the text `[DONE]`, `error`
 * events with data. Other events (`start`, `reasoning`, `redact`, `status`) reach only listeners for their name.
 */
export const eventSource: WireProtocol = {
  name: 'eventsource',
  headers: () => EVENT_STREAM,
  encoder: (run) => new EventSourceEncoder(run),
};

class EventSourceEncoder implements Encoder {
  #answerer: { model: string; provider: string };

  constructor(private readonly run: RunDescription) {
    this.#answerer = { model: run.model, provider: run.provider };
  }

  encode({ event, position }: EncodableEvent): string {
    const id = `${this.run.runId}:${position}`;
    switch (event.type) {
      case 'start': {
        const { type: _, ...start } = event;
        // Alone and first: an id takes effect without data, and a browser that has it never starts a second run.
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
        const { model, provider } = status;
        if (model !== undefined && provider !== undefined) this.#answerer = { model, provider };
        return frame(JSON.stringify(status), id, 'status');
      }
      case 'complete':
      case 'stopped':
        return frame(this.#message(END_MARK, endOf(event)), id);
      case 'error': {
        const { code, message, retryable } = event;
        // `error` is a sentence, in which older clients search for "rate limit" or "context length".
        const data = { error: message, code, retryable, metadata: this.#metadata(endOf(event)) };
        return frame(JSON.stringify(data), id, 'error');
      }
      // This protocol has no frames for anything else.
      default:
        return '';
    }
  }

  /** Text that is equal to the end mark is sent in two halves. */
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
    return { ...this.#answerer, timestamp: new Date().toISOString(), ...more };
  }
}

/** How the run ended, for the metadata of the last event. */
function endOf(terminal: TerminalEvent) {
  const { usage, totalTime, timeToFirstToken } = terminal;
  const totals = { usage, totalTime, timeToFirstToken };
  if (terminal.type === 'complete') return { finishReason: terminal.finishReason, ...totals };
  return terminal.type === 'stopped' ? { stopped: terminal.cause, ...totals } : totals;
}
