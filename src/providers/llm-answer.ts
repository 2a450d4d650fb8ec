import type { LLMAnswer, LLMCallbacks, LLMCallOptions, LLMEvent, LLMResult } from '../chat/llm-function.ts';
import type { PromptMessage } from '../chat/models.ts';
import { newId } from '../chat/new-id.ts';
import { countTokens } from '../chat/tokens.ts';
import { ServiceError } from '../errors.ts';
import type { CompleteEvent, LogEvent, Usage } from '../runs/events.ts';
import { eventsOf } from '../runs/iterate.ts';
import type { Producer } from '../runs/producer.ts';
import { Run } from '../runs/run.ts';

interface Question {
  messages: readonly PromptMessage[];
  model: string;
  provider: string;
  producer: Producer;
}

/** An answer is a run that nobody stores: its text, merged per tick, its redactions and its usage are a run's. */
export function answerOf(
  { messages, model, provider, producer }: Question,
  bounds: { answerChars: number; progressEvery: number },
  { signal, ...callbacks }: LLMCallOptions,
): LLMAnswer {
  const ids = { runId: newId(), chatId: newId(), messageId: newId() };
  const about = { ...ids, model, provider, protocol: 'none', requestId: null, promptTokens: 0 };
  const run = new Run({ ...about, createdAt: new Date() }, 'cancel', {
    ...bounds,
    revealing: true,
    countTokens,
  });
  /** What the provider's side failed with, and a callback. */
  let failure: unknown;
  let thrown: { by: unknown } | null = null;

  const finished = finish();
  return Object.assign(finished, {
    [Symbol.asyncIterator]: () => {
      // Whoever iterates hears of a failure there.
      finished.catch(() => {});
      return events();
    },
  });

  async function finish(): Promise<LLMResult> {
    signal?.throwIfAborted();
    const abort = () => run.stop('user_stop');
    signal?.addEventListener('abort', abort, { once: true });
    const reader = run.log.follow(0, tell);
    try {
      const settlement = await run.produce(async (sink, aborted) => {
        try {
          return await producer(sink, aborted);
        } catch (error) {
          failure = error;
          throw error;
        }
      });
      const usage = await whole(settlement.usage);
      const terminal = { ...settlement.terminal, usage };
      run.log.append(terminal);
      if (thrown) throw thrown.by;
      if (terminal.type === 'error') throw ServiceError.from(failure);
      if (terminal.type === 'stopped') throw signal?.reason ?? new DOMException('Left.', 'AbortError');
      return {
        content: settlement.content,
        reasoning: settlement.reasoning,
        finishReason: terminal.finishReason,
        usage,
        model: settlement.model,
        provider: settlement.provider,
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
        run.stop('user_stop');
      }
    }
  }

  /** What the provider did not count is counted only now: most do. */
  async function whole(usage: Usage): Promise<Usage> {
    if (!usage.estimated) return usage;
    let promptTokens = 0;
    for (const { content } of messages) promptTokens += await countTokens(content);
    return { ...usage, promptTokens, totalTokens: promptTokens + usage.completionTokens };
  }

  async function* events(): AsyncGenerator<LLMEvent, void> {
    if (!signal?.aborted) {
      for await (const event of eventsOf(run)) if (isSpoken(event)) yield event;
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
    // The answer rejects.
    case 'stopped':
    case 'error':
      break;
    // Nobody edits files here.
    case 'file_start':
    case 'file_complete':
    case 'file_delete':
    case 'status_update':
      break;
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
