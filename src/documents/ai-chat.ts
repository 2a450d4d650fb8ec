import type { LLMEvent, LLMFunction, LLMResult } from '../chat/llm-function.ts';
import type { PromptMessage } from '../chat/models.ts';
import type { SharedDoc } from './shared-doc.ts';
import { failureOf, historyOf, Transcript } from './transcript.ts';

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
export async function performAIChat({
  doc,
  chatId,
  prompt,
  llmFunction,
  systemPrompt,
  maxConversationPairs = 10,
  signal,
}: AIChat): Promise<LLMResult & { messageId: string }> {
  const messages: PromptMessage[] = [
    ...(systemPrompt ? [{ role: 'system' as const, content: systemPrompt }] : []),
    ...historyOf(doc, chatId, maxConversationPairs),
    { role: 'user', content: prompt },
  ];
  const transcript = await Transcript.open(doc, chatId, prompt);
  const { messageId } = transcript;
  try {
    const answer = llmFunction(messages, { signal });
    for await (const event of answer) await tell(transcript, event);
    const result = await answer;
    await transcript.end(null);
    return { ...result, messageId };
  } catch (cause) {
    await transcript.end(failureOf(cause, signal));
    throw cause;
  }
}

/** Thoughts are said to happen, once, and not written down: they would be most of the document. */
async function tell(transcript: Transcript, event: LLMEvent): Promise<void> {
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
