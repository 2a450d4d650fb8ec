import { v7 as newId } from 'uuid';
import { parse } from '../chat/question.ts';
import { InvalidRequestError } from '../errors.ts';
import {
  chatIn,
  checkedChatId,
  type DocumentChat,
  type DocumentMessage,
  now,
  pathOf,
  requireChat,
} from './chat-object.ts';
import { documentMessageSchema } from './request.ts';
import {
  type Component,
  dataOf,
  fieldOf,
  isObject,
  refresh,
  type SharedDoc,
  setField,
  submit,
} from './shared-doc.ts';

/** What is being created now, by document: each waits for the one before. */
const creating = new Map<string, Promise<void>>();

/**
 * Sees to it that `data.chats` exists. Resolves when the server has it. Throws InvalidRequestError when the document was
 * not fetched, or keeps something else under that name.
 */
export async function ensureChatsExist(doc: SharedDoc): Promise<void> {
  await ensured(doc, () => missingChats(doc));
}

/**
 * Sees to it that `data.chats` and the chat in it exist; what is there is left as it is. Resolves when the server has it.
 * Throws InvalidRequestError for an id that is none (1 to 128 of `[A-Za-z0-9_-]`).
 */
export async function ensureChatExists(doc: SharedDoc, chatId: string): Promise<void> {
  checkedChatId(chatId);
  await ensured(doc, () => {
    if (chatIn(doc, chatId)) return [];
    if (fieldOf(fieldOf(doc.data, 'chats'), chatId) !== undefined) {
      throw InvalidRequestError.field('chatId', 'names something in the document that is no chat');
    }
    const at = now();
    const chat: DocumentChat = { id: chatId, messages: [], createdAt: at, updatedAt: at };
    return [...missingChats(doc), { p: pathOf(chatId), oi: chat }];
  });
}

/**
 * Adds what the user said, to a chat that is made if it is not there. Resolves with the message when the server has it.
 * Throws InvalidRequestError for a content that is empty, not well-formed, or longer than 262,144 UTF-16 units.
 */
export async function addUserMessage(
  doc: SharedDoc,
  chatId: string,
  content: string,
): Promise<DocumentMessage> {
  parse(documentMessageSchema, content);
  await ensureChatExists(doc, chatId);
  const message: DocumentMessage = { id: newId(), role: 'user', content, timestamp: now() };
  await submit(doc, appended(requireChat(doc, chatId), message));
  return message;
}

/** Says for people what the AI is doing, or did; null: nothing. Throws NotFoundError when there is no such chat. */
export async function setAIStatus(doc: SharedDoc, chatId: string, status: string | null): Promise<void> {
  const chat = requireChat(doc, chatId);
  await submit(doc, setField(chat, pathOf(chatId), 'aiStatus', status ?? undefined));
}

/** The same for what is going on while an answer streams; it is removed when the answer is final. */
export async function updateStreamingStatus(
  doc: SharedDoc,
  chatId: string,
  status: string | null,
): Promise<void> {
  const chat = requireChat(doc, chatId);
  await submit(doc, setField(chat, pathOf(chatId), 'currentStatus', status ?? undefined));
}

/** A message at the end of a chat, wherever that is when the op arrives. */
export function appended(chat: DocumentChat, message: DocumentMessage): Component[] {
  const at = pathOf(chat.id);
  return [
    { p: [...at, 'messages', chat.messages.length], li: message },
    ...setField(chat, at, 'updatedAt', now()),
  ];
}

/**
 * In json0 the later of two who create the same field wins, and what the first one has put into it since is gone. So only
 * one at a time creates, and only when the newest version of the document lacks it.
 */
async function ensured(doc: SharedDoc, missing: () => Component[]): Promise<void> {
  if (missing().length === 0) return;
  const key = `${doc.collection}/${doc.id}`;
  const create = async () => {
    await refresh(doc);
    await submit(doc, missing());
  };
  const turn = (creating.get(key) ?? Promise.resolve()).then(create, create);
  creating.set(key, turn);
  try {
    await turn;
  } finally {
    if (creating.get(key) === turn) creating.delete(key);
  }
}

function missingChats(doc: SharedDoc): Component[] {
  const chats = fieldOf(dataOf(doc), 'chats');
  if (chats === undefined) return [{ p: ['chats'], oi: {} }];
  if (isObject(chats) && !Array.isArray(chats)) return [];
  throw InvalidRequestError.field('doc', 'keeps something else under "chats"');
}
