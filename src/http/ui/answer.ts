import type { RequestContext } from '../../chat/service.ts';
import type { Followable } from '../../runs/runs.ts';
import type { HttpContext } from '../context.ts';
import { parseUi } from './request.ts';

/**
 * Answers a body of `useChat`. Its client sends the whole conversation as it shows it, so what it wants follows from
 * what is stored: a question that is not there yet is asked; one that is there is answered again (regenerate, and send
 * again after an error), or, when its words have changed, edited.
 */
export async function answerUi(
  body: unknown,
  request: RequestContext,
  { chats, store, models, settings }: HttpContext,
): Promise<Followable> {
  const knows = (name: string) => models.list().some(({ id }) => id === name);
  const { question, replaces } = parseUi(body, settings.question, knows);
  const { chatId, content } = question;
  // Its client cannot be told to wait; sending is how its users interrupt.
  const context: RequestContext = { ...request, concurrency: 'interrupt' };
  const stored = chatId !== null && replaces !== null ? await store.message(chatId, replaces) : null;
  if (chatId === null || !stored || stored.supersededAt || stored.role !== 'user') {
    return chats.ask(question, context);
  }
  if (stored.content === content)
    return chats.regenerate(chatId, { ...question, messageId: stored.id }, context);
  return chats.edit(chatId, { ...question, messageId: stored.id }, context);
}
