import { InvalidRequestError, NotFoundError } from '../errors.ts';
import { cut } from '../runs/text.ts';
import { newId } from './new-id.ts';
import { type History, importedHistory, type PromptSettings } from './prompt.ts';
import type { Edit, Question, Regeneration } from './question.ts';
import type { ChatHead, ChatStore, Message, NewMessage, Turn } from './store.ts';

/** What a run needs that its kind of request has found out. */
export interface Plan {
  chat: Turn['chat'];
  /** As stored before this turn; null: the chat is new. */
  head: ChatHead | null;
  imported: NewMessage[];
  /** The user's new message; null: the answer is to one that is stored. */
  asked: NewMessage | null;
  question: { content: string; tokens: number | null };
  history: History;
  supersedeFrom: number | null;
}

const TITLE_CHARS = 60;

/** Finds out what a request asks of a chat: what is new, what came before it, and what it takes the place of. */
export class Planner {
  constructor(
    private readonly store: ChatStore,
    private readonly countTokens: PromptSettings['countTokens'],
  ) {}

  async question(chatId: string, asking: Question): Promise<Plan> {
    const head = asking.chatId === null ? null : await this.store.head(chatId);
    const asked = await this.#newMessage({ ...asking, role: 'user' });
    const imported = head
      ? []
      : await Promise.all(asking.history.map((message) => this.#newMessage(message)));
    const { systemPrompt } = asking;
    return {
      chat: {
        id: chatId,
        create: head ? null : { title: titleOf(asking) },
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

  /** Throws NotFoundError, and InvalidRequestError where there is no question to answer again. */
  async regeneration(chatId: string, { messageId }: Regeneration): Promise<Plan> {
    const head = await this.#headOf(chatId);
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

  /** Throws NotFoundError, and InvalidRequestError where it was not the user who said it. */
  async edit(chatId: string, { messageId, content, clientId }: Edit): Promise<Plan> {
    const head = await this.#headOf(chatId);
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

  async #headOf(chatId: string): Promise<ChatHead> {
    const head = await this.store.head(chatId);
    if (!head) throw new NotFoundError(`Chat ${chatId}`);
    return head;
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

  async #newMessage({
    role,
    content,
    clientId,
  }: Pick<NewMessage, 'role' | 'content' | 'clientId'>): Promise<NewMessage> {
    const tokens = await this.countTokens(content);
    return { id: newId(), role, status: 'complete', content, tokens, clientId };
  }
}

function titleOf({ history, content }: Question): string {
  const first = history.find(({ role }) => role === 'user')?.content ?? content;
  return cut(first, TITLE_CHARS);
}
