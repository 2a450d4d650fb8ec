import type { LLMEvent, LLMFunction, LLMResult } from '../chat/llm-function.ts';
import type { PromptMessage } from '../chat/models.ts';
import { ServiceError } from '../errors.ts';
import { chatIn, checkedChatId } from './chat-object.ts';
import { addUserMessage, updateStreamingStatus } from './chat-operations.ts';
import type { SharedDoc } from './shared-doc.ts';
import {
  addStreamingEvent,
  createStreamingAIMessage,
  finalizeStreamingMessage,
  redactStreamingMessage,
} from './streaming-operations.ts';

export interface AIChat {
  doc: SharedDoc;
  chatId: string;
  /** What the user says. */
  prompt: string;
  llmFunction: LLMFunction;
  /** Default: none. */
  systemPrompt?: string;
  /** Pairs of question and answer before this one that the model is told; default 10. */
  maxConversationPairs?: number;
  /** Stops the answer; its text stays. */
  signal?: AbortSignal;
}

/**
 * A turn of a chat within a document: adds what the user says, and streams the answer to everybody who has the document
 * open. However it ends, the document says so and nothing goes on spinning. Resolves with the answer and its message's id;
 * rejects as the function does (ServiceError, or the signal's reason), after the document has it.
 */
export async function performAIChat(turn: AIChat): Promise<LLMResult & { messageId: string }> {
  const { doc, chatId, prompt, llmFunction, signal } = turn;
  const messages = [...historyOf(turn), { role: 'user' as const, content: prompt }];
  await addUserMessage(doc, chatId, prompt);
  const messageId = await createStreamingAIMessage(doc, chatId);
  try {
    const answer = llmFunction(messages, { signal });
    for await (const event of answer) await tell(doc, chatId, messageId, event);
    const result = await answer;
    await finalizeStreamingMessage(doc, chatId, { messageId });
    return { ...result, messageId };
  } catch (cause) {
    await finalizeStreamingMessage(doc, chatId, { messageId, error: failureOf(cause, signal) });
    throw cause;
  }
}

/** Thoughts are said to happen, once, and not written down: they would be most of the document. */
async function tell(doc: SharedDoc, chatId: string, messageId: string, event: LLMEvent): Promise<void> {
  switch (event.type) {
    case 'content':
      await updateStreamingStatus(doc, chatId, null);
      addStreamingEvent(doc, chatId, { type: 'text_chunk', content: event.content }, messageId);
      break;
    case 'redact':
      redactStreamingMessage(doc, chatId, event, messageId);
      break;
    case 'reasoning':
      await updateStreamingStatus(doc, chatId, 'Thinking …');
      break;
    case 'status':
      await updateStreamingStatus(doc, chatId, event.message);
      break;
    case 'progress':
    case 'complete':
      break;
  }
}

/** How people are told why an answer is not whole. */
export function failureOf(cause: unknown, signal?: AbortSignal): { code: string; message: string } {
  if (signal?.aborted) return { code: 'stopped', message: 'Stopped.' };
  const { code, message } = ServiceError.from(cause).toBody(undefined, false).error;
  return { code, message };
}

/** Turns that have an answer, the newest ones, oldest first (CHAT-5). */
function historyOf({ doc, chatId, systemPrompt, maxConversationPairs = 10 }: AIChat): PromptMessage[] {
  const messages = chatIn(doc, checkedChatId(chatId))?.messages ?? [];
  const pairs: PromptMessage[][] = [];
  let question: PromptMessage | null = null;
  for (const { role, content, isComplete } of messages) {
    if (role === 'user') question = { role, content };
    else if (question && content !== '' && isComplete !== false) {
      pairs.push([question, { role, content }]);
      question = null;
    }
  }
  const system: PromptMessage[] = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  const kept = maxConversationPairs === 0 ? [] : pairs.slice(-maxConversationPairs);
  return [...system, ...kept.flat()];
}
