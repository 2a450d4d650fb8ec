import type { RequestContext } from '../../chat/service.ts';
import type { Followable } from '../../runs/runs.ts';
import type { HttpContext } from '../context.ts';
import { parseUi } from './request.ts';

/**
 * Answers bodies of `useChat`. Its client sends the whole conversation as it shows it, so what it wants follows from
 * what is stored: a question that is not there yet is asked; one that is there is answered again (regenerate, and send
 * again after an error), or, when its words have changed, edited.
 */
export class UiAnswers {
  /** Questions that are being stored, by chat and message: one that is sent twice at once is one question. */
  readonly #asking = new Map<string, Promise<Followable>>();

  constructor(private readonly context: Pick<HttpContext, 'chats' | 'store' | 'models' | 'settings'>) {}

  /** Throws InvalidRequestError, and whatever asking throws. */
  async answer(body: unknown, request: RequestContext): Promise<Followable> {
    const { chats, store, models, settings } = this.context;
    const knows = (name: string) => models.list().some(({ id }) => id === name);
    const { question, replaces } = parseUi(body, settings.question, knows);
    // Its client cannot be told to wait; sending is how its users interrupt.
    const context: RequestContext = { ...request, concurrency: 'interrupt' };
    const { chatId, content, clientId } = question;
    if (chatId === null || replaces === null) return chats.ask(question, context);

    const key = `${chatId}/${clientId}`;
    const stored = await store.message(chatId, replaces);
    const asking = this.#asking.get(key);
    if (asking) return asking;
    if (!stored || stored.supersededAt || stored.role !== 'user') {
      return this.#once(key, chats.ask(question, context));
    }
    const again = { ...question, messageId: stored.id };
    return stored.content === content
      ? chats.regenerate(chatId, again, context)
      : chats.edit(chatId, again, context);
  }

  async #once(key: string, asking: Promise<Followable>): Promise<Followable> {
    this.#asking.set(key, asking);
    try {
      return await asking;
    } finally {
      this.#asking.delete(key);
    }
  }
}
