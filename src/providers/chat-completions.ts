import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { ProviderError } from '../errors.ts';
import type { FinishReason } from '../runs/events.ts';
import type { Completion, ProviderUsage, Sink } from '../runs/producer.ts';
import { ChunkTemplate } from './chunk-template.ts';
import { EventData } from './event-data.ts';
import { errorFromStream } from './openai-errors.ts';

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
          })
          .nullish(),
        finish_reason: z.string().nullish(),
        content_filter_results: z.record(z.string(), z.unknown()).nullish(),
        content_filter_offsets: z
          .object({ check_offset: z.number(), start_offset: z.number(), end_offset: z.number() })
          .nullish(),
      }),
    )
    .nullish(),
  usage: z
    .object({
      prompt_tokens: z.number(),
      completion_tokens: z.number(),
      completion_tokens_details: z.object({ reasoning_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
});

type Chunk = z.infer<typeof chunkSchema>;

/** Reads a streamed chat completion to its end. */
export function readChatCompletion(body: IncomingMessage, sink: Sink): Promise<Completion> {
  return new Promise((resolve, reject) => {
    if (body.destroyed) {
      reject(new ProviderError('provider_unavailable', { providerMessage: 'The connection was closed.' }));
      return;
    }
    const stream = new ChatCompletionStream(sink);
    const data = new EventData((text) => stream.take(text));
    // What was parsed with the bytes that failed is still to come, also from a destroyed body.
    let over = false;
    const guarded = (work: () => void) => {
      if (over) return;
      try {
        work();
      } catch (error) {
        over = true;
        body.destroy();
        reject(error);
        return;
      }
      if (!stream.done) return;
      // Nobody needs what follows `[DONE]`, but the connection is good for the next request.
      over = true;
      resolve(stream.completion());
    };
    body.on('data', (bytes: Buffer) => guarded(() => data.push(bytes)));
    body.on('end', () =>
      guarded(() => {
        data.end();
        stream.end();
      }),
    );
    body.on('error', (cause) => {
      if (stream.finished) resolve(stream.completion());
      else reject(new ProviderError('provider_unavailable', { cause, providerMessage: cause.message }));
    });
  });
}

class ChatCompletionStream {
  readonly #template = new ChunkTemplate((chunk) => plainContent(chunkSchema.safeParse(chunk).data));
  #finishReason: FinishReason | null = null;
  #usage: ProviderUsage | null = null;
  done = false;

  constructor(private readonly sink: Sink) {}

  /** Whether the answer itself is over; annotations and usage may follow (PROV-8). */
  get finished(): boolean {
    return this.#finishReason !== null;
  }

  take(data: string): void {
    if (this.done) return;
    const known = this.#template.read(data);
    if (known !== undefined) {
      this.sink.content(known);
    } else if (data === '[DONE]') {
      this.end();
    } else {
      const chunk = parseChunk(data);
      const content = plainContent(chunk);
      if (content) this.#template.learn(data, content);
      this.#use(chunk);
    }
  }

  /** The upstream is over. Without a finish_reason that is no success (RUN-3). */
  end(): void {
    if (!this.finished) {
      const providerMessage = 'The stream ended without a finish_reason.';
      throw new ProviderError('provider_protocol_error', { providerMessage });
    }
    this.done = true;
  }

  completion(): Completion {
    return { finishReason: this.#finishReason ?? 'stop', usage: this.#usage };
  }

  #use({ error, choices, usage }: Chunk): void {
    if (error !== undefined && error !== null) throw errorFromStream(error);
    for (const choice of choices ?? []) {
      const { delta, finish_reason: reason, content_filter_offsets: offsets } = choice;
      const reasoning = delta?.reasoning_content ?? delta?.reasoning;
      if (reasoning) this.sink.reasoning(reasoning);
      if (delta?.content) this.sink.content(delta.content);
      if (delta?.refusal) this.sink.content(delta.refusal);
      if (offsets && isFiltered(choice.content_filter_results)) {
        this.sink.redact(offsets.start_offset, offsets.end_offset);
      }
      if (reason) this.#finishReason = finishReasonOf(reason);
    }
    if (usage) {
      this.#usage = {
        promptTokens: usage.prompt_tokens,
        completionTokens: usage.completion_tokens,
        reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
      };
    }
  }
}

function parseChunk(data: string): Chunk {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch (cause) {
    const providerMessage = `Not JSON: ${data.slice(0, 200)}`;
    throw new ProviderError('provider_protocol_error', { cause, providerMessage });
  }
  const { success, data: chunk, error } = chunkSchema.safeParse(json);
  if (success) return chunk;
  throw new ProviderError('provider_protocol_error', {
    cause: error,
    providerMessage: `Not a chunk: ${data.slice(0, 200)}`,
  });
}

/** The text of a chunk that says nothing else; a template is learned from such chunks only. */
function plainContent(chunk: Chunk | undefined): string | undefined {
  if (!chunk || chunk.error || chunk.usage || chunk.choices?.length !== 1) return undefined;
  const [choice] = chunk.choices;
  const { delta } = choice ?? {};
  if (choice?.finish_reason || choice?.content_filter_offsets || !delta) return undefined;
  if (delta.reasoning_content || delta.reasoning || delta.refusal) return undefined;
  return delta.content ?? undefined;
}

function finishReasonOf(reason: string): FinishReason {
  if (reason === 'length' || reason === 'content_filter') return reason;
  return 'stop';
}

function isFiltered(results: Record<string, unknown> | null | undefined): boolean {
  return Object.values(results ?? {}).some(
    (result) =>
      typeof result === 'object' && result !== null && 'filtered' in result && result.filtered === true,
  );
}
