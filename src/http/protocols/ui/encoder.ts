import type { Followable } from '../../../runs/followable.ts';
import type { RunDescription } from '../../../runs/store.ts';
import type { FileEvent, StartEvent, TerminalEvent } from '../../../wire/events.ts';
import { DONE, frame } from '../../streaming/frame.ts';
import {
  type EncodableEvent,
  type Encoder,
  EVENT_STREAM,
  type WireProtocol,
} from '../../streaming/protocol.ts';
import { BATCH_CHARS } from '../../streaming/releasable-run.ts';
import { startEvent } from '../../streaming/run-reader.ts';
import type { UiMetadata, UiPart } from './parts.ts';

/** The UI message stream of package `ai`: the protocol of `useChat`. */
export const ui: WireProtocol = {
  name: 'ui',
  headers: ({ runId }) => ({
    ...EVENT_STREAM,
    'x-vercel-ai-ui-message-stream': 'v1',
    'x-workflow-run-id': runId,
  }),
  encoder: (run) => new UiEncoder(run),
};

/**
 * The same, without the first `startIndex` parts: for clients that count the parts they have (WIRE-3). The count is
 * valid while the run is live, because parts are made only of what is in the log, and a live log keeps its boundaries.
 * WorkflowChatTransport requests again until it gets a `finish`; so here one follows an `abort`, too.
 */
export function uiFrom(startIndex: number): WireProtocol {
  return { ...ui, encoder: (run) => new UiEncoder(run, { skip: startIndex, finishAlways: true }) };
}

/** How many parts the run has so far. */
export function countParts({ description, log }: Followable): number {
  const encoder = new UiEncoder(description, { skip: Number.POSITIVE_INFINITY, finishAlways: true });
  encoder.encode({ event: startEvent(description), position: 0 });
  const reader = log.follow(0, () => {}, BATCH_CHARS);
  for (let entry = reader.next(); entry; entry = reader.next()) encoder.encode(entry);
  reader.close();
  return encoder.skipped;
}

class UiEncoder implements Encoder {
  /** The part that text is appended to. Its id is the position where it starts, for this reader. */
  #open: { kind: 'text' | 'reasoning'; id: string } | null = null;
  #toSkip: number;
  /** The fallback model, where another one than that of `start` answers. */
  #substitute: Pick<UiMetadata, 'model' | 'provider'> = {};
  skipped = 0;

  constructor(
    private readonly run: RunDescription,
    private readonly options: { skip: number; finishAlways: boolean } = { skip: 0, finishAlways: false },
  ) {
    this.#toSkip = options.skip;
  }

  encode({ event, position }: EncodableEvent): string {
    switch (event.type) {
      case 'start':
        return this.#frames([started(event)], position);
      case 'content':
        return this.#frames(this.#text('text', event.content, position), position);
      case 'reasoning':
        return this.#frames(this.#text('reasoning', event.content, position), position);
      case 'redact': {
        const { from, to } = event;
        return this.#frames([{ type: 'data-redact', data: { from, to }, transient: true }], position);
      }
      case 'file_start':
      case 'file_complete':
      case 'file_delete':
      case 'status_update':
        return this.#frames([dataOf(event)], position);
      case 'complete':
      case 'stopped':
      case 'error':
        return this.#frames([...this.#closed(), ...this.#ended(event)], position) + DONE;
      // Transient events are not replayed: parts made of them would make the count of a client that resumes by it
      // wrong.
      case 'status': {
        const { model, provider } = event;
        if (model !== undefined && provider !== undefined) this.#substitute = { model, provider };
        return '';
      }
      // This protocol has no parts for anything else.
      default:
        return '';
    }
  }

  #text(kind: 'text' | 'reasoning', delta: string, position: number): UiPart[] {
    const parts: UiPart[] = [];
    if (this.#open?.kind !== kind) {
      parts.push(...this.#closed());
      this.#open = { kind, id: `${kind}-${position - delta.length}` };
      parts.push({ type: `${kind}-start`, id: this.#open.id });
    }
    parts.push({ type: `${kind}-delta`, id: this.#open.id, delta });
    return parts;
  }

  #closed(): UiPart[] {
    if (!this.#open) return [];
    const { kind, id } = this.#open;
    this.#open = null;
    return [{ type: `${kind}-end`, id }];
  }

  #ended(terminal: TerminalEvent): UiPart[] {
    const parts = ended(terminal, this.#substitute);
    if (terminal.type !== 'stopped' || !this.options.finishAlways) return parts;
    return [...parts, { type: 'finish', messageMetadata: {} }];
  }

  /** Only the last part has the position: a client that was cut off before it is missing the whole event. */
  #frames(parts: readonly UiPart[], position: number): string {
    const skipped = Math.min(this.#toSkip, parts.length);
    this.#toSkip -= skipped;
    this.skipped += skipped;
    return parts
      .slice(skipped)
      .map((part, index, { length }) =>
        frame(JSON.stringify(part), index === length - 1 ? `${this.run.runId}:${position}` : undefined),
      )
      .join('');
  }
}

/** Transient, because clients send back all parts that they keep, and texts of files are long. */
function dataOf({ type, ...data }: FileEvent): UiPart {
  return { type: `data-${type}`, data, transient: true };
}

function started({ messageId, runId, chatId, model, provider }: StartEvent): UiPart {
  return { type: 'start', messageId, messageMetadata: { runId, chatId, model, provider } };
}

/** `abort` and `error` have no metadata, so a part with it goes before them. */
function ended(terminal: TerminalEvent, answerer: UiMetadata): UiPart[] {
  const { usage, totalTime, timeToFirstToken } = terminal;
  const totals = { usage, totalTime, timeToFirstToken, ...answerer };
  switch (terminal.type) {
    case 'complete': {
      const { finishReason, valid, validationErrors } = terminal;
      const messageMetadata: UiMetadata = { finishReason, ...totals };
      if (valid !== undefined) Object.assign(messageMetadata, { valid, validationErrors });
      return [{ type: 'finish', messageMetadata }];
    }
    case 'stopped':
      return [
        { type: 'message-metadata', messageMetadata: { finishReason: terminal.cause, ...totals } },
        { type: 'abort' },
      ];
    case 'error':
      return [
        { type: 'message-metadata', messageMetadata: { finishReason: terminal.code, ...totals } },
        { type: 'error', errorText: terminal.message },
      ];
  }
}
