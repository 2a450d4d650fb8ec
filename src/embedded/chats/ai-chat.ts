import type { LLMEvent, LLMResult } from '../../chat/llm-function.ts';
import type { PromptMessage } from '../../chat/models.ts';
import { checkOptions } from '../../chat/options.ts';
import { docOf, type OfDocument } from '../document/document-option.ts';
import { openedTypeOf } from '../document/document-type.ts';
import type { SharedDoc } from '../document/shared-doc.ts';
import { type AnswerFunction, answerTo, checkIsFunction } from './answer-function.ts';
import { failureOf, historyOf, Transcript } from './transcript.ts';

export type AIChat = OfDocument<SharedDoc> & {
  chatId: string;
  /** The user's message. */
  prompt: string;
  llmFunction: AnswerFunction;
  /** Default: none. */
  systemPrompt?: string;
  /** Pairs of question and answer in the prompt; default 10. */
  maxConversationPairs?: number;
  /** Stops the answer; its text so far is kept. */
  signal?: AbortSignal;
};

const OPTIONS = {
  doc: null,
  shareDBDoc: null,
  chatId: null,
  prompt: null,
  llmFunction: null,
  systemPrompt: null,
  maxConversationPairs: null,
  signal: null,
  runCode: 'is called after an edit; in a chat no file changes',
  onEvent: 'is an option of performAIEditing',
};

/**
 * Runs one turn of a chat within a document: adds the user's message and streams the answer into the document. However
 * the answer ends, the document says so and no longer marks it as streaming. Resolves with the answer and its message's
 * id. Rejects like `llmFunction` (ServiceError, or the signal's reason), after the document was updated. Throws
 * InvalidRequestError for an invalid option, document or prompt.
 */
export async function performAIChat(options: AIChat): Promise<LLMResult & { messageId: string }> {
  checkOptions('performAIChat', options, OPTIONS);
  const doc = docOf<SharedDoc>(options);
  const { chatId, prompt, llmFunction, systemPrompt, maxConversationPairs = 10, signal } = options;
  checkIsFunction(llmFunction);
  await openedTypeOf(doc);
  const messages: PromptMessage[] = [
    ...(systemPrompt ? [{ role: 'system' as const, content: systemPrompt }] : []),
    ...historyOf(doc, chatId, maxConversationPairs),
    { role: 'user', content: prompt },
  ];
  const transcript = await Transcript.open(doc, chatId, prompt);
  const { messageId } = transcript;
  try {
    const result = await answerTo(messages, llmFunction, signal, (event) => record(transcript, event));
    await transcript.end(null);
    return { ...result, messageId };
  } catch (cause) {
    await transcript.end(failureOf(cause, signal));
    throw cause;
  }
}

/** Reasoning is shown as a status and not stored in the document, because it would be most of its text. */
async function record(transcript: Transcript, event: LLMEvent): Promise<void> {
  switch (event.type) {
    case 'content':
      await transcript.status(null);
      transcript.add({ type: 'text_chunk', content: event.content });
      break;
    case 'redact':
      transcript.redact(event.from, event.to);
      break;
    case 'reasoning':
      await transcript.status('Thinking …');
      break;
    case 'status':
      await transcript.status(event.message);
      break;
    case 'progress':
    case 'complete':
      break;
  }
}
