import { isBlank } from './blank.ts';
import { type ChatStore, type ContextMessage, RECENT_CHARS } from './store.ts';

/** The history of a prompt: messages before a position, newest first. */
export interface History {
  chatId: string;
  before: number;
  source: Pick<ChatStore, 'recent'>;
}

/** Tokens of a message in addition to its text, in OpenAI's chat format (role and separators). */
export const TOKENS_PER_MESSAGE = 4;

/** Upper limit of pages that are read when turns have no usable answer; a page has the messages of one prompt. */
const MOST_PAGES = 20;

export interface ContextLimits {
  /** Pairs of question and answer. */
  pairs: number;
  /** Tokens of all pairs together. */
  tokens: number;
}

/**
 * The history for a prompt: the newest pairs that fit, oldest first. Turns whose answer is missing or blank are left
 * out, whatever the cause (CHAT-5). When the tokens do not suffice, the oldest pairs are left out (CHAT-6).
 */
export async function selectHistory(
  history: History,
  limits: ContextLimits,
  countTokens: (text: string) => number | Promise<number>,
): Promise<{ messages: ContextMessage[]; tokens: number }> {
  const chosen: ContextMessage[][] = [];
  let tokens = 0;
  if (limits.pairs === 0) return { messages: [], tokens };
  for await (const turn of turnsBackwards(history, limits.pairs)) {
    const usable = turn.filter(({ content }) => !isBlank(content));
    if (!usable.some(({ role }) => role === 'assistant')) continue;
    let cost = 0;
    for (const message of usable) {
      message.tokens ??= await countTokens(message.content);
      cost += TOKENS_PER_MESSAGE + message.tokens;
      if (tokens + cost > limits.tokens) break;
    }
    if (tokens + cost > limits.tokens) break;
    tokens += cost;
    chosen.push(usable);
    if (chosen.length === limits.pairs) break;
  }
  return { messages: chosen.reverse().flat(), tokens };
}

/** Turns, newest first: the user's message, or several in a row, with the answers that follow. */
async function* turnsBackwards(
  { source, chatId, before: start }: History,
  pairs: number,
): AsyncGenerator<ContextMessage[]> {
  // One message more than the pairs have: it shows that the oldest pair is complete.
  const pageSize = pairs * 2 + 1;
  let before = start;
  let turn: ContextMessage[] = [];
  for (let seen = 0; seen < MOST_PAGES * pageSize; ) {
    const messages = await source.recent(chatId, before, pageSize);
    for (const message of messages) {
      if (message.role === 'assistant' && turn.at(-1)?.role === 'user') {
        yield turn.reverse();
        turn = [];
      }
      turn.push(message);
      before = message.position;
    }
    seen += messages.length;
    if (messages.length < pageSize && charsOf(messages) < RECENT_CHARS) break;
  }
  if (turn.length > 0) yield turn.reverse();
}

function charsOf(messages: readonly ContextMessage[]): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0);
}
