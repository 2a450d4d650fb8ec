import type { LLMAnswer, LLMCallbacks, LLMCallOptions, LLMEvent, LLMResult } from '../chat/llm-function.ts';
import type { PromptMessage } from '../chat/models.ts';
import { countTokens } from '../chat/tokens.ts';
import { ServiceError } from '../errors.ts';
import { AttachedReaders } from '../runs/attached-readers.ts';
import { eventsOf } from '../runs/events-of.ts';
import { Generation } from '../runs/generation.ts';
import type { Producer } from '../runs/producer.ts';
import { endOf } from '../runs/result.ts';
import type { CompleteEvent, LogEvent, StopCause, Usage } from '../wire/events.ts';

interface Question {
  messages: readonly PromptMessage[];
  model: string;
  provider: string;
  producer: Producer;
}

/** An answer that is not stored. Its text is merged per tick, redacted and counted like that of a run. */
export function answerOf(
  { messages, model, provider, producer }: Question,
  bounds: { answerChars: number; progressEvery: number },
  { signal, ...callbacks }: LLMCallOptions,
): LLMAnswer {
  const generation = new Generation({ model, provider }, bounds);
  const { log } = generation;
  const stop = (cause: StopCause) => generation.end({ kind: 'stopped', cause });
  const readers = new AttachedReaders(() => stop('reader_left'));
  /** The error of the producer, and that of a callback. */
  let failure: unknown;
  let thrown: { by: unknown } | null = null;

  const finished = finish();
  return Object.assign(finished, {
    [Symbol.asyncIterator]: () => {
      // The consumer of the iteration gets the error there.
      finished.catch(() => {});
      return events();
    },
  });

  async function finish(): Promise<LLMResult> {
    signal?.throwIfAborted();
    const abort = () => stop('user_stop');
    signal?.addEventListener('abort', abort, { once: true });
    const reader = log.follow(0, tell);
    try {
      const outcome = await generation.produce(async (sink, aborted) => {
        try {
          return await producer(sink, aborted);
        } catch (error) {
          failure = error;
          throw error;
        }
      });
      const answer = generation.answer();
      const end = await endOf(outcome, answer, 0, { revealing: true, countTokens });
      const usage = await withPromptTokens(end.usage);
      const terminal = { ...end.terminal, usage };
      log.append(terminal);
      if (thrown) throw thrown.by;
      if (terminal.type === 'error') throw ServiceError.from(failure);
      if (terminal.type === 'stopped') throw signal?.reason ?? new DOMException('Left.', 'AbortError');
      return {
        content: answer.content,
        reasoning: answer.reasoning === '' ? null : answer.reasoning,
        finishReason: terminal.finishReason,
        usage,
        ...generation.answerer,
        ...validityOf(terminal),
      };
    } finally {
      reader.close();
      signal?.removeEventListener('abort', abort);
    }

    function tell(): void {
      try {
        for (let entry = reader.next(); entry; entry = reader.next()) deliver(callbacks, entry.event);
      } catch (error) {
        thrown ??= { by: error };
        stop('user_stop');
      }
    }
  }

  /** Counted only after the answer, because most providers return a figure. */
  async function withPromptTokens(usage: Usage): Promise<Usage> {
    if (usage.promptTokens > 0) return usage;
    let promptTokens = 0;
    for (const { content } of messages) promptTokens += await countTokens(content);
    return { ...usage, promptTokens, totalTokens: promptTokens + usage.completionTokens };
  }

  async function* events(): AsyncGenerator<LLMEvent, void> {
    if (!signal?.aborted) {
      for await (const event of eventsOf({ log, attach: () => readers.attach() }))
        if (isSpoken(event)) yield event;
    }
    await finished;
  }
}

function validityOf({
  valid,
  validationErrors,
}: CompleteEvent): Pick<LLMResult, 'valid' | 'validationErrors'> {
  return valid === undefined ? {} : { valid, validationErrors: validationErrors ?? [] };
}

function deliver(callbacks: LLMCallbacks, event: LogEvent): void {
  switch (event.type) {
    case 'content':
      callbacks.onContent?.(event.content, event);
      break;
    case 'reasoning':
      callbacks.onReasoning?.(event.content, event);
      break;
    case 'status':
      callbacks.onStatus?.(event);
      break;
    case 'redact':
      callbacks.onRedact?.(event);
      break;
    case 'progress':
      callbacks.onProgress?.(event);
      break;
    case 'complete':
      callbacks.onComplete?.(event);
      break;
    // After `stopped` and `error` the promise rejects; there is no callback for them.
  }
}

function isSpoken(event: LogEvent): event is LLMEvent {
  switch (event.type) {
    case 'content':
    case 'reasoning':
    case 'redact':
    case 'status':
    case 'progress':
    case 'complete':
      return true;
    default:
      return false;
  }
}
