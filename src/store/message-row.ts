import type { EndedMessage } from '../chat/ended-message.ts';
import type { Message, NewMessage } from '../chat/store.ts';
import type { Message as Columns, Run } from './generated/client.ts';
import type { ShortTexts } from './reads/long-texts.ts';
import type { Value } from './writes/statement.ts';

// How a message is stored. Beside prisma/schema.prisma, this is the only place that names the columns of Message.

/** Columns that are written when the message is inserted. */
export const NEW_COLUMNS = [
  'id',
  'chatId',
  'position',
  'role',
  'status',
  'content',
  'tokens',
  'clientId',
  'createdAt',
] as const;

/** Columns that are written when the run of the message has ended. */
export const ENDED_COLUMNS = ['status', 'content', 'reasoning', 'tokens', 'edits'] as const;

/** Columns that hold a text of any length, for Prisma's `select`. */
export const TEXTS = { content: true, reasoning: true, edits: true } satisfies {
  [Column in keyof Columns]?: true;
};

/** All columns, in the order in which they are read. A column of the schema that is missing here does not compile. */
export const COLUMNS = Object.keys({
  id: true,
  chatId: true,
  position: true,
  role: true,
  status: true,
  content: true,
  reasoning: true,
  tokens: true,
  clientId: true,
  createdAt: true,
  supersededAt: true,
  edits: true,
} satisfies Record<keyof Columns, true>);

/** A row as queries return it, with what they add from the run that writes the message. */
export type MessageRow = Columns & { runId: Run['id'] | null; cause: Run['cause'] };

/** The same in lists, which leave out long texts. */
export type ListedMessageRow = ShortTexts<MessageRow>;

export function newRow(
  { id, role, status, content, tokens, clientId }: NewMessage,
  place: { chatId: string; position: number; createdAt: string },
): Record<(typeof NEW_COLUMNS)[number], Value> {
  return { id, ...place, role, status, content, tokens, clientId };
}

export function endedRow(
  id: string,
  { status, content, reasoning, tokens, edits }: EndedMessage,
): Record<'id' | (typeof ENDED_COLUMNS)[number], Value> {
  return { id, status, content, reasoning, tokens, edits: edits && JSON.stringify(edits) };
}

export function messageOf(row: MessageRow & Partial<Pick<ListedMessageRow, 'isLong'>>): Message {
  const { isLong: _, edits, createdAt, supersededAt, ...message } = row;
  return { ...message, edits: edits === null ? null : JSON.parse(edits), createdAt, supersededAt };
}
