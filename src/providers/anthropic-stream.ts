import { z } from 'zod';
import type { FinishReason } from '../runs/events.ts';
import type { Completion, Sink } from '../runs/producer.ts';
import { type AnswerDecoder, excerpt, notAnAnswer, parseJson } from './answer-stream.ts';
import { finishReasonOf, usageOf, usageSchema } from './anthropic-message.ts';
import { type Binary, utf8 } from './binary.ts';
import { ChunkTemplate } from './chunk-template.ts';
import { errorFromStream } from './sdk-errors.ts';

/**
 * What is read of the stream's events (https://platform.claude.com/docs/en/build-with-claude/streaming): types that are
 * new are passed over, as that page asks for.
 */
const eventSchema = z.object({
  type: z.string(),
  error: z.unknown().optional(),
  message: z.object({ usage: usageSchema }).optional(),
  delta: z
    .object({
      type: z.string().optional(),
      text: z.string().optional(),
      thinking: z.string().optional(),
      stop_reason: z.string().nullish(),
    })
    .optional(),
  usage: usageSchema,
});

type StreamEvent = z.infer<typeof eventSchema>;

/** Anthropic's streamed answer. */
export class MessageStream implements AnswerDecoder {
  readonly #template = new ChunkTemplate((event) => plainText(eventSchema.safeParse(event).data), '"text":');
  #finishReason: FinishReason | null = null;
  /** Figures grow: the last event has them all, but not always those of the prompt. */
  #usage: NonNullable<StreamEvent['usage']> | null = null;
  done = false;

  constructor(private readonly sink: Sink) {}

  get finished(): boolean {
    return this.#finishReason !== null;
  }

  take(data: Binary): void {
    if (this.done) return;
    const known = this.#template.read(data);
    if (known !== undefined) {
      this.sink.content(known);
      return;
    }
    const event = parseEvent(utf8(data));
    const text = plainText(event);
    if (text) this.#template.learn(data, text);
    this.#use(event);
  }

  end(): void {
    if (!this.finished) throw notAnAnswer('The stream ended without a stop_reason.');
    this.done = true;
  }

  completion(): Completion {
    return {
      finishReason: this.#finishReason ?? 'stop',
      usage: this.#usage && usageOf(this.#usage),
    };
  }

  #use({ type, error, message, delta, usage }: StreamEvent): void {
    switch (type) {
      case 'error':
        throw errorFromStream(error);
      case 'message_start':
        this.#account(message?.usage);
        break;
      case 'content_block_delta':
        if (delta?.text) this.sink.content(delta.text);
        if (delta?.thinking) this.sink.reasoning(delta.thinking);
        break;
      case 'message_delta':
        if (delta?.stop_reason) this.#finishReason = finishReasonOf(delta.stop_reason);
        this.#account(usage);
        break;
      case 'message_stop':
        this.end();
        break;
    }
  }

  #account(usage: StreamEvent['usage']): void {
    if (!usage) return;
    const given = Object.entries(usage).filter(([, figure]) => figure !== null && figure !== undefined);
    this.#usage = { ...this.#usage, ...Object.fromEntries(given) };
  }
}

function parseEvent(data: string): StreamEvent {
  const { success, data: event, error } = eventSchema.safeParse(parseJson(data));
  if (success) return event;
  throw notAnAnswer(`Not an event of a message: ${excerpt(data)}`, error);
}

function plainText(event: StreamEvent | undefined): string | undefined {
  if (event?.type !== 'content_block_delta' || event.delta?.type !== 'text_delta') return undefined;
  return event.delta.text;
}
