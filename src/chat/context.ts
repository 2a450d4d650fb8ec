import type { History } from './prompt.ts';
import type { ContextMessage } from './store.ts';

/** What every message costs beside its text, in OpenAI's chat format (role and separators). */
export const TOKENS_PER_MESSAGE = 4;

/** A chat in which so many turns in a row have no answer is not searched further. */
const MOST_PAGES = 20;

export interface ContextLimits {
  /** Pairs of question and answer. */
  pairs: number;
  /** Tokens that the pairs may take together. */
  tokens: number;
}

/**
 * The history that goes into a prompt: the newest pairs that fit, oldest first. A turn without an answer, whatever the
 * cause, stays out, so that pairs stay pairs (CHAT-5); oldest pairs go first when tokens are short (CHAT-6).
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
    const usable = turn.filter(({ role, content }) => role === 'user' || content !== '');
    if (!usable.some(({ role }) => role === 'assistant')) continue;
    let cost = 0;
    for (const message of usable) {
      cost += TOKENS_PER_MESSAGE + (message.tokens ?? (await countTokens(message.content)));
    }
    if (tokens + cost > limits.tokens) break;
    tokens += cost;
    chosen.push(usable);
    if (chosen.length === limits.pairs) break;
  }
  return { messages: chosen.reverse().flat(), tokens };
}

/** A turn is what the user said, once or several times in a row, with the answers to it. Newest turn first. */
async function* turnsBackwards(
  { source, chatId, before: start }: History,
  pairs: number,
): AsyncGenerator<ContextMessage[]> {
  // One message more than the pairs have: it shows that the oldest of them is whole.
  const pageSize = pairs * 2 + 1;
  let before = start;
  let turn: ContextMessage[] = [];
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const messages = await source.recent(chatId, before, pageSize);
    for (const message of messages) {
      if (message.role === 'assistant' && turn.at(-1)?.role === 'user') {
        yield turn.reverse();
        turn = [];
      }
      turn.push(message);
      before = message.position;
    }
    if (messages.length < pageSize) break;
  }
  if (turn.length > 0) yield turn.reverse();
}
