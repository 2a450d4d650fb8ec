import type { Runs } from '../runs/runs.ts';
import type { Chat, ChatStore, Message } from './store.ts';
import { TimeSlices } from './time-slices.ts';
import { viewChat } from './view.ts';

/** Messages per query; fewer when they are long. */
const AT_ONCE = 100;

/**
 * SQLite returns synchronously, and a fast reader's socket never waits: without pauses an export would block the event
 * loop.
 */
const turns = new TimeSlices();

/** A chat whose messages are read as they are consumed, so that its size does not matter. */
export interface ChatExport {
  chat: Chat;
  messages: AsyncIterable<Message>;
}

/** Null when there is no such chat. */
export async function exportChat(
  store: Pick<ChatStore, 'head' | 'messages'>,
  runs: Pick<Runs, 'activeIn'>,
  chatId: string,
  superseded: boolean,
): Promise<ChatExport | null> {
  const read = (cursor: string | null) =>
    viewChat(store, runs, chatId, { limit: AT_ONCE, cursor, superseded });
  const first = await read(null);
  if (!first) return null;
  async function* messages() {
    // If the chat is deleted meanwhile, the export ends with what was read before.
    for (let view = first; view; ) {
      yield* view.messages;
      if (view.nextCursor === null) return;
      await turns.next();
      view = await read(view.nextCursor);
    }
  }
  return { chat: first.chat, messages: messages() };
}

/** A whole chat in memory. Null when it does not exist. */
export async function collectChat(
  store: ChatStore,
  runs: Pick<Runs, 'activeIn'>,
  chatId: string,
  superseded: boolean,
): Promise<{ chat: Chat; messages: Message[] } | null> {
  const opened = await exportChat(store, runs, chatId, superseded);
  if (!opened) return null;
  const messages: Message[] = [];
  for await (const message of opened.messages) messages.push(message);
  return { chat: opened.chat, messages };
}

/** `{"chat": …, "messages": [ … ]}` in pieces of at most one message. */
export async function* jsonPieces({ chat, messages }: ChatExport): AsyncGenerator<string> {
  yield `{"chat":${JSON.stringify(chat)},"messages":[`;
  let separator = '';
  for await (const message of messages) {
    yield separator + JSON.stringify(message);
    separator = ',';
  }
  yield ']}';
}

/** The chat as Markdown, in pieces of at most one message. Answers are Markdown already and are not escaped. */
export async function* markdownPieces({ chat, messages }: ChatExport): AsyncGenerator<string> {
  yield headOf(chat);
  for await (const message of messages) yield sectionOf(message);
}

/** The chat as one Markdown text. */
export function asMarkdown({ chat, messages }: { chat: Chat; messages: readonly Message[] }): string {
  return headOf(chat) + messages.map(sectionOf).join('');
}

function headOf({ title, systemPrompt }: Chat): string {
  const heading = `# ${title.replaceAll(/\s+/g, ' ')}\n`;
  return systemPrompt ? `${heading}\n${quoted(systemPrompt)}\n` : heading;
}

function sectionOf({ role, status, cause, content, createdAt, supersededAt }: Message): string {
  const who = role === 'user' ? 'User' : 'Assistant';
  const notes = [
    createdAt.toISOString(),
    ...(status === 'complete' ? [] : [status]),
    ...(cause === 'length' || cause === 'content_filter' ? [`cut off: ${cause}`] : []),
    ...(supersededAt ? ['superseded'] : []),
  ];
  return `\n## ${who} (${notes.join(', ')})\n\n${content}\n`;
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}
