import { ownerIdOf } from '../../../auth/principal.ts';
import type { RequestContext } from '../../../chat/service.ts';
import type { Followable } from '../../../runs/followable.ts';
import type { RouteContext } from '../../context.ts';
import type { UiRequest } from './request.ts';

/**
 * Starts the runs that clients of `useChat` ask for. They send the whole conversation as they show it, so what they
 * want follows from what is stored: a question that is not stored yet is asked; one that is stored is answered again
 * (regenerate, and send again after an error), or, when its text has changed, edited.
 */
export class UiRuns {
  /**
   * Questions that are being stored, by chat and message: one that is sent twice at once is one question. No
   * idempotency key, which is remembered for a day: the same message may be asked again after it was superseded.
   */
  readonly #starting = new Map<string, Promise<Followable>>();

  constructor(private readonly context: Pick<RouteContext, 'chats' | 'store'>) {}

  /** Throws whatever asking throws. */
  async start({ question, replaces }: UiRequest, request: RequestContext): Promise<Followable> {
    const { chats, store } = this.context;
    // This client cannot be told to wait: its users interrupt an answer by sending the next question.
    const context: RequestContext = { ...request, concurrency: 'interrupt' };
    const { chatId, content, clientId } = question;
    if (chatId === null || replaces === null) return chats.ask(question, context);

    // A chat belongs to one owner, but who else asks must not get its run.
    const key = JSON.stringify([ownerIdOf(request.principal), chatId, clientId]);
    const stored = await store.message(chatId, replaces);
    const starting = this.#starting.get(key);
    if (starting) return starting;
    if (!stored || stored.supersededAt || stored.role !== 'user') {
      return this.#once(key, chats.ask(question, context));
    }
    const again = { ...question, messageId: stored.id };
    return stored.content === content
      ? chats.regenerate(chatId, again, context)
      : chats.edit(chatId, again, context);
  }

  async #once(key: string, starting: Promise<Followable>): Promise<Followable> {
    this.#starting.set(key, starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(key);
    }
  }
}
