import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { FinishReason } from '../runs/events.ts';
import type { Completion, ProviderUsage, Sink } from '../runs/producer.ts';
import { type AnswerDecoder, excerpt, notAnAnswer, parseJson, readAnswer } from './answer-stream.ts';
import { type Binary, utf8 } from './binary.ts';
import { finishReasonOf, usageOf, usageSchema } from './chat-completion.ts';
import { ChunkTemplate } from './chunk-template.ts';
import { FilterRegions } from './filter-offsets.ts';
import { errorFromStream } from './sdk-errors.ts';
import { Thoughts } from './thoughts.ts';

/**
 * What is read of a chunk (`chat.completion.chunk`, OpenAI's API reference); all else is passed over. Lenient, because
 * compatible providers leave out what they like.
 */
const chunkSchema = z.object({
  error: z.unknown().optional(),
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            /** DeepSeek, Qwen, vLLM; OpenRouter says `reasoning`. */
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
            refusal: z.string().nullish(),
            /** Gemini: this content is a thought. */
            extra_content: z
              .object({ google: z.object({ thought: z.boolean().nullish() }).nullish() })
              .nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
        /** Azure's clutter: in every chunk, of interest in hardly any. */
        content_filter_results: z.unknown().optional(),
        content_filter_offsets: z
          .object({ check_offset: z.number(), start_offset: z.number(), end_offset: z.number() })
          .nullish(),
      }),
    )
    .nullish(),
  usage: usageSchema,
});

type Chunk = z.infer<typeof chunkSchema>;
type Choice = NonNullable<Chunk['choices']>[number];

/** Reads a streamed chat completion to its end. `promptChars`: the length of what was asked, for PROV-8. */
export function readChatCompletion(
  body: IncomingMessage,
  sink: Sink,
  promptChars: number,
): Promise<Completion> {
  return readAnswer(body, new ChatCompletionStream(sink, promptChars));
}

class ChatCompletionStream implements AnswerDecoder {
  readonly #template = new ChunkTemplate((chunk) => plainContent(chunkSchema.safeParse(chunk).data));
  readonly #thoughts = new Thoughts();
  readonly #regions: FilterRegions;
  #length = 0;
  #finishReason: FinishReason | null = null;
  #usage: ProviderUsage | null = null;
  done = false;

  constructor(
    private readonly sink: Sink,
    promptChars: number,
  ) {
    this.#regions = new FilterRegions(promptChars);
  }

  get finished(): boolean {
    return this.#finishReason !== null;
  }

  take(data: Binary): void {
    if (this.done) return;
    const known = this.#thoughts.open ? undefined : this.#template.read(data);
    if (known !== undefined) {
      this.#say(known);
    } else if (data === '[DONE]') {
      this.end();
    } else {
      const chunk = parseChunk(utf8(data));
      const content = plainContent(chunk);
      if (content) this.#template.learn(data, content);
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

  end(): void {
    if (!this.finished) throw notAnAnswer('The stream ended without a finish_reason.');
    this.done = true;
  }

  completion(): Completion {
    return { finishReason: this.#finishReason ?? 'stop', usage: this.#usage };
  }

  #use({ error, choices, usage }: Chunk): void {
    if (error !== undefined && error !== null) throw errorFromStream(error);
    for (const choice of choices ?? []) {
      const { delta, finish_reason: reason } = choice;
      const reasoning = delta?.reasoning_content ?? delta?.reasoning;
      if (reasoning) this.sink.reasoning(reasoning);
      if (delta?.content) this.#read(delta.content, delta.extra_content?.google?.thought === true);
      if (delta?.refusal) this.#say(delta.refusal);
      if (reason) this.#finishReason = finishReasonOf(reason);
      this.#heed(choice);
    }
    if (usage) this.#usage = usageOf(usage);
  }

  #read(content: string, isThought: boolean): void {
    if (isThought) this.sink.reasoning(this.#thoughts.thought(content));
    else this.#say(this.#thoughts.answer(content));
  }

  #say(text: string): void {
    this.#length += text.length;
    this.sink.content(text);
  }

  /** What the asynchronous filter says of text that was sent (PROV-8), perhaps after the finish_reason. */
  #heed({ content_filter_offsets: offsets, content_filter_results: results, finish_reason }: Choice): void {
    if (!offsets) return;
    if (finish_reason !== 'content_filter' && !isFiltered(results)) {
      this.#regions.passed(offsets);
      return;
    }
    const { from, to } = this.#regions.violated(offsets, this.#length);
    this.#finishReason = 'content_filter';
    this.sink.redact(from, to);
  }
}

function parseChunk(data: string): Chunk {
  const { success, data: chunk, error } = chunkSchema.safeParse(parseJson(data));
  if (success) return chunk;
  throw notAnAnswer(`Not a chunk: ${excerpt(data)}`, error);
}

/** The text of a chunk that says nothing else; a template is learned from such chunks only. */
function plainContent(chunk: Chunk | undefined): string | undefined {
  if (!chunk || chunk.error || chunk.usage || chunk.choices?.length !== 1) return undefined;
  const [choice] = chunk.choices;
  const { delta } = choice ?? {};
  if (choice?.finish_reason || choice?.content_filter_offsets || !delta) return undefined;
  if (delta.reasoning_content || delta.reasoning || delta.refusal || delta.extra_content) return undefined;
  return delta.content ?? undefined;
}

/** Per category an object, or for blocklists a list of them; whatever the filter took offence at says so. */
function isFiltered(results: unknown): boolean {
  if (typeof results !== 'object' || results === null) return false;
  return Object.entries(results).some(([key, value]) =>
    key === 'filtered' ? value === true : isFiltered(value),
  );
}
