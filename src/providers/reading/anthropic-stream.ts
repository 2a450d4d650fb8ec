import type { Completion, Sink } from '../../runs/producer.ts';
import { errorIn } from '../connection/error-shapes.ts';
import { errorFromStream } from '../connection/sdk-errors.ts';
import type { AnswerDecoder } from './answer-decoder.ts';
import {
  type EventDeltaFields,
  type EventFields,
  type MessageFields,
  NO_FIGURES,
  usageOf,
  withFigures,
} from './anthropic-message.ts';
import type { Binary } from './binary.ts';
import { ChunkTemplate } from './chunk-template.ts';
import { eventValue } from './event-value.ts';
import { fieldsOf, textOf } from './fields.ts';
import { Finish } from './finish-reason.ts';
import { excerpt, notAnAnswer } from './not-an-answer.ts';
import { joined, spokenIn } from './spoken.ts';

const NO_END = 'The stream ended without a stop_reason.';

/** Unknown types are ignored, as the documentation of the stream demands. */
const KNOWN_NAMES = new Set([
  '',
  'message',
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

/** Decodes Anthropic's answer, streamed or whole. */
export class MessageStream implements AnswerDecoder {
  readonly #template = new ChunkTemplate(
    (event) => plainText(fieldsOf(event)),
    '"text":',
    'event: content_block_delta\ndata: ',
  );
  readonly #finish = new Finish();
  #figures = NO_FIGURES;
  #said = false;
  done = false;

  constructor(private readonly sink: Sink) {}

  get finished(): boolean {
    return this.#finish.isKnown;
  }

  take(data: Binary, name: string): void {
    if (this.done) return;
    const known = this.#template.read(data);
    if (known !== undefined) {
      this.sink.content(known);
    } else if (data.trim() === '[DONE]') {
      // Not sent by Anthropic, but by proxies.
      this.end();
    } else {
      const event: EventFields = fieldsOf(eventValue(data, name, isKnown));
      const text = plainText(event);
      if (text !== undefined) this.#template.learn(data, text);
      this.#use(event, textOf(event.type) || name);
    }
  }

  takeEvent(bytes: Buffer): boolean {
    if (this.done) return false;
    const text = this.#template.readEvent(bytes);
    if (text === undefined) return false;
    this.sink.content(text);
    return true;
  }

  takeWhole(answer: unknown, json: string): void {
    const { content, stop_reason, usage }: MessageFields = fieldsOf(answer);
    const spoken = spokenIn(content);
    this.#finish.note(stop_reason);
    if (!this.finished) throw notAnAnswer(`Not a message: ${excerpt(json)}`);
    this.#tell(joined(spoken, false), joined(spoken, true));
    this.#account(usage);
    this.end();
  }

  end(): void {
    if (!this.finished) throw notAnAnswer(NO_END);
    this.done = true;
  }

  completion(): Completion {
    return { finishReason: this.#finish.reason(this.#said, NO_END), usage: usageOf(this.#figures) };
  }

  #use(event: EventFields, type: string): void {
    const delta: EventDeltaFields = fieldsOf(event.delta);
    switch (type) {
      case 'message_start': {
        const message: MessageFields = fieldsOf(event.message);
        this.#account(message.usage);
        break;
      }
      case 'content_block_start': {
        const block: EventDeltaFields = fieldsOf(event.content_block);
        this.#tell(textOf(block.text), textOf(block.thinking));
        break;
      }
      case 'content_block_delta':
        this.#tell(textOf(delta.text), textOf(delta.thinking));
        break;
      case 'message_delta':
        this.#finish.note(delta.stop_reason);
        this.#account(event.usage);
        break;
      case 'message_stop':
        this.end();
        break;
      default: {
        const error = errorIn(event);
        if (error !== null) throw errorFromStream(error);
      }
    }
  }

  #tell(text: string, thought: string): void {
    if (thought !== '') this.sink.reasoning(thought);
    if (text !== '') this.sink.content(text);
    this.#said ||= text !== '' || thought !== '';
  }

  #account(usage: unknown): void {
    this.#figures = withFigures(this.#figures, usage);
  }
}

/** The text of an event without other information; templates are learned only from such events. */
function plainText(event: EventFields): string | undefined {
  const delta: EventDeltaFields = fieldsOf(event.delta);
  if (event.type !== 'content_block_delta' || delta.type !== 'text_delta' || delta.thinking) return undefined;
  return textOf(delta.text) || undefined;
}

function isKnown(name: string): boolean {
  return KNOWN_NAMES.has(name);
}
