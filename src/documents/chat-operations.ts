import { newId } from '../chat/new-id.ts';
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
import { ensured, missingContainer } from './creation.ts';
import { documentMessageSchema } from './request.ts';
import { type Component, fieldOf, type SharedDoc, setField, submit } from './shared-doc.ts';

/**
 * Sees to it that `data.chats` exists. Resolves when the server has it. Throws InvalidRequestError when the document was
 * not fetched, or keeps something else under that name.
 */
export async function ensureChatsExist(doc: SharedDoc): Promise<void> {
  await ensured(doc, () => missingContainer(doc, 'chats'));
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
    return [...missingContainer(doc, 'chats'), { p: pathOf(chatId), oi: chat }];
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
