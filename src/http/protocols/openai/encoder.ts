import type { RunDescription } from '../../../runs/store.ts';
import type { CompleteEvent } from '../../../wire/events.ts';
import { stoppedMessage } from '../../streaming/failure.ts';
import { DONE, frame } from '../../streaming/frame.ts';
import {
  type EncodableEvent,
  type Encoder,
  EVENT_STREAM,
  type WireProtocol,
} from '../../streaming/protocol.ts';
import { heading, openaiFinishReason, openaiUsage } from './completion.ts';
import { streamError } from './errors.ts';

/** OpenAI's stream of `chat.completion.chunk`. */
export const openai: WireProtocol = openaiWith({ includeUsage: false });

/** `includeUsage`: `stream_options.include_usage` of the request. */
export function openaiWith({ includeUsage }: { includeUsage: boolean }): WireProtocol {
  return {
    name: 'openai',
    headers: () => EVENT_STREAM,
    encoder: (run) => new OpenAIEncoder(run, includeUsage),
  };
}

class OpenAIEncoder implements Encoder {
  #head: string;
  readonly #runId: string;
  #redacted = false;

  constructor(
    private readonly run: RunDescription,
    private readonly includeUsage: boolean,
  ) {
    this.#runId = run.runId;
    this.#head = this.#headOf(run.model);
  }

  encode({ event, position }: EncodableEvent): string {
    const id = `${this.#runId}:${position}`;
    switch (event.type) {
      case 'start':
        return this.#delta('{"role":"assistant","content":""}', id);
      case 'content':
        return this.#delta(`{"content":${JSON.stringify(event.content)}}`, id);
      // The field of DeepSeek, Qwen and vLLM; OpenAI itself has none.
      case 'reasoning':
        return this.#delta(`{"reasoning_content":${JSON.stringify(event.content)}}`, id);
      case 'redact':
        this.#redacted = true;
        return '';
      case 'complete':
        return this.#complete(event, id);
      case 'stopped':
        return frame(JSON.stringify(streamError('stopped', stoppedMessage(event.cause))), id) + DONE;
      case 'error':
        return frame(JSON.stringify(streamError(event.code, event.message)), id) + DONE;
      case 'status':
        if (event.model !== undefined) this.#head = this.#headOf(event.model);
        return '';
      // This protocol has no frames for anything else.
      default:
        return '';
    }
  }

  /** A chunk up to its choices, the same for all chunks of one model. */
  #headOf(model: string): string {
    const head = JSON.stringify({ ...heading(this.run), model, object: 'chat.completion.chunk' });
    // If usage was requested, OpenAI sends `usage: null` in all chunks but the last.
    return `${head.slice(0, -1)}${this.includeUsage ? ',"usage":null' : ''},"choices":`;
  }

  #delta(delta: string, id: string, finishReason = 'null'): string {
    const choice = `{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finishReason}}`;
    return frame(`${this.#head}[${choice}]}`, id);
  }

  #complete(terminal: CompleteEvent, id: string): string {
    const reason = JSON.stringify(openaiFinishReason(terminal, this.#redacted));
    const last = this.#delta('{}', id, reason);
    if (!this.includeUsage) return last + DONE;
    const usage = JSON.stringify(openaiUsage(terminal.usage));
    return last + frame(`${this.#head.replace('"usage":null', () => `"usage":${usage}`)}[]}`, id) + DONE;
  }
}
