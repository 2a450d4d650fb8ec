import { isBlank } from '../../chat/blank.ts';
import type { PromptMessage } from '../../chat/models.ts';
import { ServiceError } from '../../errors.ts';
import type { SharedDoc } from '../document/shared-doc.ts';
import { chatIn, checkedChatId, type Failure } from './chat-object.ts';
import { addUserMessage, updateStreamingStatus } from './chat-operations.ts';
import {
  addStreamingEvent,
  createStreamingAIMessage,
  finalizeStreamingMessage,
  type NewStreamingEvent,
  redactStreamingMessage,
  withdrawStreamedFile,
} from './streaming-operations.ts';

/** Writes a turn into a chat of the document while it is answered. */
export class Transcript {
  private constructor(
    private readonly doc: SharedDoc,
    private readonly chatId: string,
    readonly messageId: string,
  ) {}

  /** Adds the user's message and an empty answer. Throws InvalidRequestError. */
  static async open(doc: SharedDoc, chatId: string, prompt: string): Promise<Transcript> {
    await addUserMessage(doc, chatId, prompt);
    return new Transcript(doc, chatId, await createStreamingAIMessage(doc, chatId));
  }

  add(event: NewStreamingEvent): void {
    addStreamingEvent(this.doc, this.chatId, event, this.messageId);
  }

  redact(from: number, to: number): void {
    redactStreamingMessage(this.doc, this.chatId, { from, to }, this.messageId);
  }

  withdraw(fileId: string): void {
    withdrawStreamedFile(this.doc, this.chatId, fileId, this.messageId);
  }

  /** The current step, for users; null removes it. */
  async status(status: string | null): Promise<void> {
    await updateStreamingStatus(this.doc, this.chatId, status);
  }

  /** `error`: why the answer is incomplete; null: it is complete. */
  async end(error: Failure | null): Promise<void> {
    const { messageId } = this;
    await finalizeStreamingMessage(this.doc, this.chatId, { messageId, ...(error ? { error } : {}) });
  }
}

/** Why an answer is incomplete, for users. */
export function failureOf(cause: unknown, signal: AbortSignal | undefined): Failure {
  if (signal?.aborted) return { code: 'stopped', message: 'Stopped.' };
  const { code, message } = ServiceError.from(cause).toBody(undefined, false).error;
  return { code, message };
}

/** The newest turns of a chat that have an answer, oldest first (CHAT-5). */
export function historyOf(doc: SharedDoc, chatId: string, maxPairs: number): PromptMessage[] {
  const messages = chatIn(doc, checkedChatId(chatId))?.messages ?? [];
  const pairs: PromptMessage[][] = [];
  let question: PromptMessage | null = null;
  for (const { role, content, isComplete } of messages) {
    if (role === 'user') question = { role, content };
    else if (question && !isBlank(content) && isComplete !== false) {
      pairs.push([question, { role, content }]);
      question = null;
    }
  }
  return maxPairs === 0 ? [] : pairs.slice(-maxPairs).flat();
}
