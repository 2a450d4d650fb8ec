/** UTF-16 units of text in a chat's document, all messages together (MIRROR-1). */
export const MAX_CHARACTERS = 4 * 1024 * 1024;

interface Text {
  content: string;
  reasoning?: string | null;
}

/** From so many characters on, reading, comparing or keeping the messages takes noticeable time or memory. */
const LONG = 32 * 1024;
/** From so many on, reading them again costs less than keeping them. */
const VERY_LONG = 1024 * 1024;

function charactersOf({ content, reasoning }: Text): number {
  return content.length + (reasoning?.length ?? 0);
}

function totalCharacters(messages: readonly Text[]): number {
  let total = 0;
  for (const message of messages) total += charactersOf(message);
  return total;
}

/** The newest messages that fit into MAX_CHARACTERS, oldest first; at least the very newest one. */
export function newestMessages<Message extends Text>(
  messages: readonly Message[],
  limit = Number.POSITIVE_INFINITY,
): Message[] {
  let first = messages.length;
  let total = 0;
  while (first > 0 && messages.length - first < limit) {
    const message = messages[first - 1];
    if (message) total += charactersOf(message);
    if (total > MAX_CHARACTERS && first < messages.length) break;
    first -= 1;
  }
  return messages.slice(first);
}

/** Whether reading, comparing or keeping these messages is expensive. */
export function isLong(messages: readonly Text[]): boolean {
  return totalCharacters(messages) > LONG;
}

/**
 * Whether keeping these messages beside the document, while no run writes to it, costs more than reading them again.
 */
export function isVeryLong(messages: readonly Text[]): boolean {
  return totalCharacters(messages) > VERY_LONG;
}

/** Whether text can be appended without removing one of the messages. */
export function fits(messages: readonly Text[], { content, reasoning = '' }: Text): boolean {
  const total = totalCharacters(messages) + content.length + (reasoning?.length ?? 0);
  return messages.length <= 1 || total <= MAX_CHARACTERS;
}
