import type { LLMEvent, LLMFunction, LLMResult } from '../../chat/llm-function.ts';
import type { PromptMessage } from '../../chat/models.ts';
import { countTokens } from '../../chat/tokens.ts';
import { InvalidRequestError } from '../../errors.ts';
import { fieldOf, isObject } from '../document/shared-doc.ts';

/** The result of a function of your own: the answer's text, or its text with other fields of the result. */
export type PlainAnswer = string | (Partial<LLMResult> & { content: string });

/**
 * Generates answers: a function made by `createLLMFunction`, or a function of your own that returns a promise of the
 * answer or an async iterable of its events or texts. It gets the messages of the prompt, and a signal that ends it.
 */
export type AnswerFunction =
  | LLMFunction
  | ((
      prompt: readonly PromptMessage[],
      options: { signal: AbortSignal | undefined },
    ) => Promise<PlainAnswer> | AsyncIterable<LLMEvent | string>);

/** Throws InvalidRequestError. */
export function checkIsFunction(llmFunction: unknown): void {
  if (typeof llmFunction !== 'function')
    throw InvalidRequestError.field('llmFunction', 'must be a function, such as createLLMFunction makes');
}

/**
 * Calls the function, and `onEvent` for every event in order. Rejects like the function, or with the signal's reason.
 */
export async function answerTo(
  messages: readonly PromptMessage[],
  llmFunction: AnswerFunction,
  signal: AbortSignal | undefined,
  onEvent: (event: LLMEvent) => unknown,
): Promise<LLMResult> {
  signal?.throwIfAborted();
  const answer: unknown = llmFunction(messages, { signal });
  let content = '';
  let chunkNumber = 0;
  const onText = async (text: string) => {
    chunkNumber += 1;
    await onEvent({ type: 'content', content: text, chunkNumber });
  };
  if (isIterable(answer)) {
    for await (const event of answer) {
      if (typeof event === 'string') await onText(event);
      else await onEvent(event);
      content += typeof event === 'string' ? event : event.type === 'content' ? event.content : '';
    }
  }
  const whole = isIterable(answer) && !isThenable(answer) ? content : await unlessAborted(answer, signal);
  const result = typeof whole === 'string' ? { content: whole } : whole;
  if (!isPlainAnswer(result)) {
    throw InvalidRequestError.field(
      'llmFunction',
      'must return an answer: events to iterate, or its content',
    );
  }
  if (!isIterable(answer) && result.content !== '') await onText(result.content);
  return completed(result, messages);
}

async function completed(
  answer: Partial<LLMResult> & { content: string },
  messages: readonly PromptMessage[],
): Promise<LLMResult> {
  const { usage = await usageOf(answer.content, messages) } = answer;
  return { reasoning: null, finishReason: 'stop', model: 'custom', provider: 'custom', ...answer, usage };
}

async function usageOf(content: string, messages: readonly PromptMessage[]): Promise<LLMResult['usage']> {
  let promptTokens = 0;
  for (const message of messages) promptTokens += await countTokens(message.content);
  const completionTokens = await countTokens(content);
  const totalTokens = promptTokens + completionTokens;
  return { promptTokens, completionTokens, reasoningTokens: 0, totalTokens, estimated: true };
}

/** Does not wait longer for a function that ignores the signal. */
async function unlessAborted(answer: unknown, signal: AbortSignal | undefined): Promise<unknown> {
  if (!signal) return answer;
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function isIterable(answer: unknown): answer is AsyncIterable<LLMEvent | string> {
  return isObject(answer) && Symbol.asyncIterator in answer;
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return isObject(answer) && typeof Reflect.get(answer, 'then') === 'function';
}

function isPlainAnswer(answer: unknown): answer is Partial<LLMResult> & { content: string } {
  return typeof fieldOf(answer, 'content') === 'string';
}
