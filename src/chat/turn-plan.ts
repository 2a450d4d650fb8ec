import type { Access, Asking } from '../auth/access.ts';
import { InvalidRequestError, NotFoundError } from '../errors.ts';
import { titleFrom } from '../text/chat-title.ts';
import type { History } from './context.ts';
import { newId } from './new-id.ts';
import { importedHistory, type PromptSettings } from './prompt.ts';
import type { Edit, Question, Regeneration } from './question.ts';
import type { ChatHead, ChatStore, Message, NewMessage, Turn } from './store.ts';

/** What a turn stores and what its prompt consists of. */
export interface TurnPlan {
  chat: Turn['chat'];
  /** As stored before this turn; null: the chat is new. */
  head: ChatHead | null;
  imported: NewMessage[];
  /** The user's new message; null: a stored question is answered again. */
  asked: NewMessage | null;
  question: { content: string; tokens: number | null };
  history: History;
  supersedeFrom: number | null;
}

/** Plans turns: which messages are new, what the history is, and what is superseded. */
export class TurnPlanner {
  constructor(
    private readonly store: ChatStore,
    private readonly access: Pick<Access, 'reached'>,
    private readonly countTokens: PromptSettings['countTokens'],
  ) {}

  /** Throws NotFoundError when the chat is somebody else's. */
  async requireReach(chatId: string, asking: Asking): Promise<void> {
    const head = await this.store.head(chatId);
    if (head) await this.access.reached(asking, 'chat', chatId, head);
  }

  /** Throws NotFoundError when the chat must exist and does not, or is somebody else's. */
  async question(chatId: string, request: Question, asking: Asking): Promise<TurnPlan> {
    const head = request.chatId === null ? null : await this.store.head(chatId);
    if (head || request.mustExist) await this.access.reached(asking, 'chat', chatId, head);
    const asked = await this.#newMessage({ ...request, role: 'user' });
    const imported = head ? [] : request.history.map((message) => newMessage(message, null));
    const { systemPrompt } = request;
    return {
      chat: {
        id: chatId,
        create: head ? null : { title: titleOf(request) },
        ...(systemPrompt === undefined ? {} : { systemPrompt }),
      },
      head,
      imported,
      asked,
      question: asked,
      history: head ? this.#storedHistory(chatId, head.nextPosition) : importedHistory(chatId, imported),
      supersedeFrom: null,
    };
  }

  /** Throws NotFoundError, and InvalidRequestError when there is no question to answer again. */
  async regeneration(chatId: string, { messageId }: Regeneration, asking: Asking): Promise<TurnPlan> {
    const head = await this.#headOf(chatId, asking);
    const question = await this.#questionOf(head, messageId);
    return {
      chat: { id: chatId, create: null },
      head,
      imported: [],
      asked: null,
      question,
      history: this.#storedHistory(chatId, question.position),
      supersedeFrom: question.position + 1,
    };
  }

  /** Throws NotFoundError, and InvalidRequestError when the message is not the user's. */
  async edit(chatId: string, { messageId, content, clientId }: Edit, asking: Asking): Promise<TurnPlan> {
    const head = await this.#headOf(chatId, asking);
    const edited = await this.#messageOf(chatId, messageId);
    if (edited.role !== 'user')
      throw InvalidRequestError.field('messageId', "is not one of the user's messages");
    const asked = await this.#newMessage({ role: 'user', content, clientId });
    return {
      chat: { id: chatId, create: null },
      head,
      imported: [],
      asked,
      question: asked,
      history: this.#storedHistory(chatId, edited.position),
      supersedeFrom: edited.position,
    };
  }

  #storedHistory(chatId: string, before: number): History {
    return { chatId, before, source: this.store };
  }

  async #headOf(chatId: string, asking: Asking): Promise<ChatHead> {
    return this.access.reached(asking, 'chat', chatId, await this.store.head(chatId));
  }

  async #messageOf(chatId: string, messageId: string): Promise<Message> {
    const message = await this.store.message(chatId, messageId);
    if (!message || message.supersededAt) throw new NotFoundError(`Message ${messageId} in chat ${chatId}`);
    return message;
  }

  /** The newest user message at or before the given one, or of the whole chat. */
  async #questionOf({ id, nextPosition }: ChatHead, messageId: string | undefined) {
    const end = messageId === undefined ? nextPosition : (await this.#messageOf(id, messageId)).position + 1;
    // Answers in a row, without a question between them, exist in imported chats only.
    const recent = await this.store.recent(id, end, 100);
    const question = recent.find(({ role }) => role === 'user');
    if (question) return question;
    throw InvalidRequestError.field('messageId', 'there is no question to answer again');
  }

  async #newMessage(message: NewText): Promise<NewMessage> {
    return newMessage(message, await this.countTokens(message.content));
  }
}

type NewText = Pick<NewMessage, 'role' | 'content' | 'clientId'>;

function newMessage({ role, content, clientId }: NewText, tokens: number | null): NewMessage {
  return { id: newId(), role, status: 'complete', content, tokens, clientId };
}

function titleOf({ history, content }: Question): string {
  const first = history.find(({ role }) => role === 'user')?.content ?? content;
  return titleFrom(first);
}
