import { storable } from '../runs/text.ts';
import type { Role } from '../wire/messages.ts';
import { isBlank } from './blank.ts';

export interface HistoryMessage {
  role: Role;
  content: string;
}

/** Takes the place of a message without usable text, so that the numbers of the others in error details stay right. */
const EMPTY: HistoryMessage = { role: 'assistant', content: '' };

/**
 * Normalizes a history message of a client. Its user cannot correct it, so it is never refused: unknown roles, empty
 * answers of failed runs and parts that are not text are ignored. A refusal would make the conversation unusable.
 */
export function historyMessageOf(message: unknown): HistoryMessage {
  const role = fieldOf(message, 'role');
  if (role !== 'user' && role !== 'assistant') return EMPTY;
  const refusal = fieldOf(message, 'refusal');
  const text = messageText(message) || (typeof refusal === 'string' ? refusal : '');
  return isBlank(text) ? EMPTY : { role, content: storable(text) };
}

/** The text of its `parts`; in releases and protocols without parts, of its `content`. */
export function messageText(message: unknown): string {
  return textOf(fieldOf(message, 'parts') ?? fieldOf(message, 'content'));
}

/** The visible text of a string or of a list of parts, of any protocol. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map(textOfPart).join('') : '';
}

const TEXT_PARTS = new Set<unknown>(['text', 'input_text', 'output_text']);

/** Reasoning, tools, sources, images and custom parts have no text; a refusal has. */
function textOfPart(part: unknown): string {
  const type = fieldOf(part, 'type');
  const text = TEXT_PARTS.has(type) ? fieldOf(part, 'text') : type === 'refusal' && fieldOf(part, 'refusal');
  return typeof text === 'string' ? text : '';
}

export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/**
 * Rewrites all messages except the last one, which is the question. Returns anything that is not a list, or is too long
 * a list, unchanged.
 */
export function allButLast(most: number, rewrite: (message: unknown) => unknown) {
  return (messages: unknown): unknown =>
    Array.isArray(messages) && messages.length <= most
      ? messages.map((message, index) => (index === messages.length - 1 ? message : rewrite(message)))
      : messages;
}
