import { newId } from '../../chat/new-id.ts';
import { parse } from '../../chat/validation.ts';
import { InvalidRequestError } from '../../errors.ts';
import { type Change, setField } from '../document/change.ts';
import { missingContainer } from '../document/containers.ts';
import { fieldOf, type SharedDoc } from '../document/shared-doc.ts';
import { write, writeOnce } from '../document/write.ts';
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

/**
 * Creates `data.chats` if it does not exist. Resolves when the server has stored it. Throws InvalidRequestError when
 * the document was not fetched, or has another kind of value of that name.
 */
export async function ensureChatsExist(doc: SharedDoc): Promise<void> {
  await writeOnce(doc, () => missingContainer(doc, 'chats'));
}

/**
 * Creates `data.chats` and the chat in it if they do not exist. Resolves when the server has stored them. Throws
 * InvalidRequestError for an invalid id (valid: 1 to 128 of `[A-Za-z0-9_-]`).
 */
export async function ensureChatExists(doc: SharedDoc, chatId: string): Promise<void> {
  checkedChatId(chatId);
  await writeOnce(doc, () => {
    if (chatIn(doc, chatId)) return [];
    if (fieldOf(fieldOf(doc.data, 'chats'), chatId) !== undefined) {
      throw InvalidRequestError.field('chatId', 'names something in the document that is no chat');
    }
    const at = now();
    const chat: DocumentChat = { id: chatId, messages: [], createdAt: at, updatedAt: at };
    return [
      ...missingContainer(doc, 'chats'),
      { kind: 'field', path: pathOf(chatId), value: chat, was: undefined },
    ];
  });
}

/**
 * Adds a message of the user to a chat, which is created if it does not exist. Resolves with the message when the
 * server has stored it. Throws InvalidRequestError for content that is empty, not well-formed, or longer than 262,144
 * UTF-16 units.
 */
export async function addUserMessage(
  doc: SharedDoc,
  chatId: string,
  content: string,
): Promise<DocumentMessage> {
  parse(documentMessageSchema, content);
  await ensureChatExists(doc, chatId);
  const message: DocumentMessage = { id: newId(), role: 'user', content, timestamp: now() };
  await write(doc, () => appended(requireChat(doc, chatId), message));
  return message;
}

/** Sets the chat's status for users; null removes it. Throws NotFoundError when the chat does not exist. */
export async function setAIStatus(doc: SharedDoc, chatId: string, status: string | null): Promise<void> {
  await setStatus(doc, chatId, 'aiStatus', status);
}

/** Sets the current step of a streaming answer; it is removed when the answer is final. */
export async function updateStreamingStatus(
  doc: SharedDoc,
  chatId: string,
  status: string | null,
): Promise<void> {
  await setStatus(doc, chatId, 'currentStatus', status);
}

async function setStatus(
  doc: SharedDoc,
  chatId: string,
  field: 'aiStatus' | 'currentStatus',
  status: string | null,
): Promise<void> {
  await write(doc, () => setField(requireChat(doc, chatId), pathOf(chatId), field, status ?? undefined));
}

/** Adds a message at the end of a chat, unless it is there. */
export function appended(chat: DocumentChat, message: DocumentMessage): Change[] {
  const at = pathOf(chat.id);
  if (chat.messages.some(({ id }) => id === message.id)) return [];
  return [
    { kind: 'item', path: [...at, 'messages'], index: chat.messages.length, value: message },
    ...setField(chat, at, 'updatedAt', now()),
  ];
}
