import type { CompleteEvent } from '../../runs/events.ts';
import type { RunDescription } from '../../runs/store.ts';
import { stoppedMessage } from '../failure.ts';
import { DONE, frame } from '../frame.ts';
import { type EncodableEvent, type Encoder, EVENT_STREAM, type WireProtocol } from '../protocol.ts';
import { heading, openaiFinishReason, openaiUsage } from './completion.ts';
import { streamError } from './errors.ts';

/** OpenAI's stream of `chat.completion.chunk`. */
export const openai: WireProtocol = openaiWith({ includeUsage: false });

/** `includeUsage`: what the request's `stream_options.include_usage` said. */
export function openaiWith({ includeUsage }: { includeUsage: boolean }): WireProtocol {
  return {
    name: 'openai',
    headers: () => EVENT_STREAM,
    encoder: (run) => new OpenAIEncoder(run, includeUsage),
  };
}

class OpenAIEncoder implements Encoder {
  /** The chunk up to its choices, the same for all of a run. */
  readonly #head: string;
  readonly #runId: string;
  #redacted = false;

  constructor(
    run: RunDescription,
    private readonly includeUsage: boolean,
  ) {
    this.#runId = run.runId;
    const head = JSON.stringify({ ...heading(run), object: 'chat.completion.chunk' });
    // With usage asked for, OpenAI says `usage: null` in all chunks but the last.
    this.#head = `${head.slice(0, -1)}${includeUsage ? ',"usage":null' : ''},"choices":`;
  }

  encode({ event, position }: EncodableEvent): string {
    const id = `${this.#runId}:${position}`;
    switch (event.type) {
      case 'start':
        return this.#delta('{"role":"assistant","content":""}', id);
      case 'content':
        return this.#delta(`{"content":${JSON.stringify(event.content)}}`, id);
      // As DeepSeek, Qwen and vLLM say it; OpenAI itself has no field for it.
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
      // What happens to files has no place in this protocol.
      case 'file_start':
      case 'file_complete':
      case 'file_delete':
      case 'status_update':
      case 'status':
      case 'progress':
        return '';
    }
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
