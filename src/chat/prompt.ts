import { ContextLengthExceededError } from '../errors.ts';
import { isBlank } from './blank.ts';
import { type History, selectHistory, TOKENS_PER_MESSAGE } from './context.ts';
import type { PromptMessage } from './models.ts';
import type { ContextMessage, NewMessage } from './store.ts';

export interface PromptSettings {
  maxConversationPairs: number;
  maxContextTokens: number;
  countTokens: (text: string) => number | Promise<number>;
}

/** Tokens that a whole prompt may have. `contextWindow`: the model's own limit, if it has one. */
export function roomFor({ maxContextTokens }: PromptSettings, contextWindow: number | null): number {
  return Math.min(maxContextTokens, contextWindow ?? maxContextTokens);
}

/**
 * System prompt, the newest pairs that fit, the new message (CHAT-2, CHAT-6). `room`: tokens of all of it. Throws
 * ContextLengthExceededError when system prompt and message alone are too long.
 */
export async function buildPrompt(
  system: string,
  question: { content: string; tokens: number | null },
  history: History,
  room: number,
  { maxConversationPairs, countTokens }: PromptSettings,
): Promise<{ messages: PromptMessage[]; tokens: number }> {
  const systemTokens = isBlank(system) ? 0 : TOKENS_PER_MESSAGE + (await countTokens(system));
  const questionTokens = TOKENS_PER_MESSAGE + (question.tokens ?? (await countTokens(question.content)));
  const required = systemTokens + questionTokens;
  if (required > room) throw new ContextLengthExceededError(required, room);
  const limits = { pairs: maxConversationPairs, tokens: room - required };
  const chosen = await selectHistory(history, limits, countTokens);
  const messages: PromptMessage[] = [
    ...(isBlank(system) ? [] : [{ role: 'system' as const, content: system }]),
    ...chosen.messages.map(({ role, content }) => ({ role, content })),
    { role: 'user', content: question.content },
  ];
  return { messages, tokens: required + chosen.tokens };
}

/**
 * Messages that are imported with this request are not in the database yet, but are read in the same way. Tokens are
 * counted and stored only for those that the prompt needs.
 */
export function importedHistory(chatId: string, messages: readonly NewMessage[]): History {
  const all: ContextMessage[] = messages.map((message, position) => ({
    ...message,
    position,
    get tokens() {
      return message.tokens;
    },
    set tokens(tokens) {
      message.tokens = tokens;
    },
  }));
  return {
    chatId,
    before: all.length,
    source: {
      recent: async (_chatId, before, limit) => all.slice(Math.max(0, before - limit), before).reverse(),
    },
  };
}
