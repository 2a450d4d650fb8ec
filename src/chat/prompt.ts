import { ContextLengthExceededError } from '../errors.ts';
import { selectHistory, TOKENS_PER_MESSAGE } from './context.ts';
import type { PromptMessage } from './models.ts';
import type { ChatStore, ContextMessage, NewMessage } from './store.ts';

export interface PromptSettings {
  maxConversationPairs: number;
  maxContextTokens: number;
  countTokens: (text: string) => number | Promise<number>;
}

/** Where the history of a prompt comes from: messages before a position, newest first. */
export interface History {
  chatId: string;
  before: number;
  source: Pick<ChatStore, 'recent'>;
}

/** Tokens that a whole prompt may have. `contextWindow`: the model's own bound, if it has one. */
export function roomFor({ maxContextTokens }: PromptSettings, contextWindow: number | null): number {
  return Math.min(maxContextTokens, contextWindow ?? maxContextTokens);
}

/**
 * System prompt, the last pairs that fit, the new message (CHAT-2, CHAT-6). `room`: in tokens, for all of it. Throws ContextLengthExceededError when system prompt and message alone are too long.
 */
export async function buildPrompt(
  system: string,
  question: { content: string; tokens: number | null },
  history: History,
  room: number,
  { maxConversationPairs, countTokens }: PromptSettings,
): Promise<{ messages: PromptMessage[]; tokens: number }> {
  const systemTokens = system === '' ? 0 : TOKENS_PER_MESSAGE + (await countTokens(system));
  const questionTokens = TOKENS_PER_MESSAGE + (question.tokens ?? (await countTokens(question.content)));
  const required = systemTokens + questionTokens;
  if (required > room) throw new ContextLengthExceededError(required, room);
  const limits = { pairs: maxConversationPairs, tokens: room - required };
  const chosen = await selectHistory(history, limits, countTokens);
  const messages: PromptMessage[] = [
    ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
    ...chosen.messages.map(({ role, content }) => ({ role, content })),
    { role: 'user', content: question.content },
  ];
  return { messages, tokens: required + chosen.tokens };
}

/** What is imported with this very request is not in the database yet, but is read the same way. */
export function importedHistory(chatId: string, messages: readonly NewMessage[]): History {
  const all: ContextMessage[] = messages.map((message, position) => ({ ...message, position }));
  return {
    chatId,
    before: all.length,
    source: {
      recent: async (_chatId, before, limit) => all.slice(Math.max(0, before - limit), before).reverse(),
    },
  };
}
