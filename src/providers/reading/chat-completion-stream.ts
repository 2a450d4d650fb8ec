import type { Completion, ProviderUsage, Sink } from '../../runs/producer.ts';
import { errorIn } from '../connection/error-shapes.ts';
import { errorFromStream } from '../connection/sdk-errors.ts';
import type { AnswerDecoder } from './answer-decoder.ts';
import type { Binary } from './binary.ts';
import {
  type ChoiceFields,
  type ChunkFields,
  choicesOf,
  type DeltaFields,
  isFiltered,
  isThought,
  spokenInDelta,
  usageOf,
} from './chat-completion.ts';
import { ChunkTemplate } from './chunk-template.ts';
import { eventValue } from './event-value.ts';
import { fieldsOf, textOf } from './fields.ts';
import { FilterRegions, filterOffsetsOf } from './filter-offsets.ts';
import { Finish } from './finish-reason.ts';
import { excerpt, notAnAnswer } from './not-an-answer.ts';
import { joined } from './spoken.ts';
import { splitThoughts, Thoughts } from './thoughts.ts';
import { merged } from './usage-figures.ts';

const NO_END = 'The stream ended without a finish_reason.';

/**
 * Decodes the chunks of a chat completion, or a completion in one piece. `promptChars`: length of the prompt, for
 * PROV-8.
 */
export class ChatCompletionStream implements AnswerDecoder {
  readonly #template = new ChunkTemplate((chunk) => plainContent(fieldsOf(chunk)));
  readonly #thoughts = new Thoughts();
  readonly #regions: FilterRegions;
  readonly #finish = new Finish();
  #length = 0;
  #thought = false;
  #usage: ProviderUsage | null = null;
  done = false;

  constructor(
    private readonly sink: Sink,
    promptChars: number,
  ) {
    this.#regions = new FilterRegions(promptChars);
  }

  get finished(): boolean {
    return this.#finish.isKnown;
  }

  take(data: Binary, name: string): void {
    if (this.done) return;
    const known = this.#thoughts.open ? undefined : this.#template.read(data);
    if (known !== undefined) {
      this.#say(known);
    } else if (data.trim() === '[DONE]') {
      this.end();
    } else {
      const chunk: ChunkFields = fieldsOf(eventValue(data, name, isKnown));
      const content = plainContent(chunk);
      if (content !== undefined) this.#template.learn(data, content);
      this.#use(chunk);
    }
  }

  takeEvent(bytes: Buffer): boolean {
    if (this.done || this.#thoughts.open) return false;
    const text = this.#template.readEvent(bytes);
    if (text === undefined) return false;
    this.#say(text);
    return true;
  }

  takeWhole(answer: unknown, json: string): void {
    const chunk: ChunkFields = fieldsOf(answer);
    const [choice] = choicesOf(chunk);
    if (!choice) throw notAnAnswer(`Not a completion: ${excerpt(json)}`);
    throwIfFailed(choice);
    this.#finish.note(choice.finish_reason);
    if (!this.finished) throw notAnAnswer('The completion has no finish_reason.');
    const message: DeltaFields = fieldsOf(choice.message ?? choice.delta);
    const content = textOf(message.content);
    const spoken = isThought(message) && content ? splitThoughts(content) : spokenInDelta(message);
    this.#tell(joined(spoken, true), true);
    this.#tell(joined(spoken, false), false);
    this.#account(chunk, choice);
    this.end();
  }

  end(): void {
    if (!this.finished) throw notAnAnswer(NO_END);
    this.done = true;
  }

  completion(): Completion {
    return { finishReason: this.#finish.reason(this.#hasSpoken, NO_END), usage: this.#usage };
  }

  get #hasSpoken(): boolean {
    return this.#length > 0 || this.#thought;
  }

  #use(chunk: ChunkFields): void {
    const error = errorIn(chunk);
    if (error !== null) throw errorFromStream(error);
    this.#account(chunk);
    for (const choice of choicesOf(chunk)) {
      this.#read(choice);
      this.#account(choice);
      throwIfFailed(choice);
      this.#finish.note(choice.finish_reason);
      this.#applyFilterResult(choice);
    }
  }

  #read(choice: ChoiceFields): void {
    // Simulated streaming sends the whole message as one chunk; beside deltas it would repeat them.
    const delta: DeltaFields = fieldsOf(choice.delta ?? (this.#hasSpoken ? null : choice.message));
    for (const { text, thought } of spokenInDelta(delta)) {
      if (thought) this.#tell(text, true);
      else if (isThought(delta)) this.#tell(this.#thoughts.thought(text), true);
      else this.#tell(this.#thoughts.answer(text), false);
    }
  }

  #tell(text: string, thought: boolean): void {
    if (text === '') return;
    if (!thought) {
      this.#say(text);
      return;
    }
    this.#thought = true;
    this.sink.reasoning(text);
  }

  #say(text: string): void {
    this.#length += text.length;
    this.sink.content(text);
  }

  #account(...places: ReadonlyArray<{ readonly usage?: unknown }>): void {
    for (const { usage } of places) if (usage) this.#usage = merged(this.#usage, usageOf(usage));
  }

  /** Applies a result of the asynchronous filter to text that was sent (PROV-8), perhaps after the finish_reason. */
  #applyFilterResult(choice: ChoiceFields): void {
    const offsets = filterOffsetsOf(choice);
    if (offsets === null) return;
    if (choice.finish_reason !== 'content_filter' && !isFiltered(choice)) {
      if (offsets !== 'odd') this.#regions.passed(offsets);
      return;
    }
    // With unusable offsets all text is redacted.
    const everything = { from: 0, to: this.#length };
    const { from, to } = offsets === 'odd' ? everything : this.#regions.violated(offsets, this.#length);
    this.#finish.note('content_filter');
    this.sink.redact(from, to);
  }
}

/** The text of a chunk without other information; templates are learned only from such chunks. */
function plainContent(chunk: ChunkFields): string | undefined {
  const choices = choicesOf(chunk);
  const [choice] = choices;
  if (!choice || choices.length > 1 || choice.finish_reason || choice.content_filter_offsets)
    return undefined;
  if (chunk.usage || choice.usage || choice.error || errorIn(chunk) !== null) return undefined;
  const delta: DeltaFields = fieldsOf(choice.delta);
  const [only, ...others] = spokenInDelta(delta);
  if (!only || only.thought || others.length > 0 || isThought(delta)) return undefined;
  return only.text === delta.content ? only.text : undefined;
}

/** OpenRouter: the underlying provider failed. */
function throwIfFailed({ error }: ChoiceFields): void {
  const failure = error ? errorIn({ error }) : null;
  if (failure !== null) throw errorFromStream(failure);
}

/** Chunks have no event name, or the default one. */
function isKnown(name: string): boolean {
  return name === '' || name === 'message';
}
