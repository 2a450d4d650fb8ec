import type { ChatClient, RunHandle, RunOptions } from '../../client/index.ts';
import type { AnswerSettings } from '../settings/answer-settings.ts';

/** What a conversation is about. */
export interface Subject {
  /** Asks. `chatId`: null for a new chat. */
  ask(chatId: string | null, content: string, options: RunOptions): RunHandle;
  /** Whether more than its text matters of an answer that is joined in the middle: then all of it is read. */
  wholeRuns: boolean;
}

/** The plain chat. */
export function chatting(client: ChatClient, settings: AnswerSettings): Subject {
  return {
    wholeRuns: false,
    ask: (chatId, content, options) => {
      const chat = chatId === null ? {} : { chatId };
      const messages = [{ role: 'user' as const, content }];
      return client.send({ ...settings.generation(), ...chat, messages }, options);
    },
  };
}
