import { isBlank } from '../chat/blank.ts';
import type { PromptMessage } from '../chat/models.ts';

/** Inserted as the user's message before an assistant message that comes first, such as a greeting. */
const OPENING = 'Begin the conversation.';

/** Joins consecutive messages of one role. */
const GAP = '\n\n';

export interface Conversation {
  /** Undefined: no system prompt. */
  system: string | undefined;
  turns: Array<{ role: 'user' | 'assistant'; content: string }>;
}

/** The messages of a prompt that are not blank; most providers refuse blank ones. */
export function spoken(messages: readonly PromptMessage[]): PromptMessage[] {
  return messages.filter(({ content }) => !isBlank(content)).map(({ role, content }) => ({ role, content }));
}

/**
 * The strictest form of a conversation, which all providers and chat templates accept: one system prompt, then user and
 * assistant alternating, the user first. Consecutive messages of one role are joined; an assistant message that comes
 * first is kept, after an inserted user message.
 */
export function alternating(messages: readonly PromptMessage[]): Conversation {
  const systems: string[] = [];
  const turns: Conversation['turns'] = [];
  for (const { role, content } of spoken(messages)) {
    if (role === 'system') {
      systems.push(content);
      continue;
    }
    if (turns.length === 0 && role === 'assistant') turns.push({ role: 'user', content: OPENING });
    const last = turns.at(-1);
    if (last?.role === role) last.content += GAP + content;
    else turns.push({ role, content });
  }
  if (turns.length === 0) turns.push({ role: 'user', content: OPENING });
  return { system: systems.length === 0 ? undefined : systems.join(GAP), turns };
}

/** The same as a list. */
export function alternatingMessages(messages: readonly PromptMessage[]): PromptMessage[] {
  const { system, turns } = alternating(messages);
  return system === undefined ? turns : [{ role: 'system', content: system }, ...turns];
}
