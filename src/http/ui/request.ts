import { z } from 'zod';
import {
  chatIdSchema,
  contentSchema,
  modelName,
  optionsOf,
  optionsSchema,
  parse,
  type Question,
  type QuestionLimits,
} from '../../chat/question.ts';
import { InvalidRequestError } from '../../errors.ts';
import { storable } from '../../runs/text.ts';

const messageSchema = z.object({
  id: z.string().max(200).optional(),
  role: z.enum(['system', 'user', 'assistant']),
  parts: z.array(z.object({ type: z.string(), text: z.string().optional() })),
});

type Message = z.infer<typeof messageSchema>;

/**
 * What `useChat` sends, and its common override `{id, message}` (package `ai`, 5 to 7). Whatever else an application adds
 * is its own affair and ignored; `model` and `options` are obeyed where they are ours.
 */
export const uiBodySchema = z.object({
  id: chatIdSchema.optional(),
  messages: z.array(messageSchema).optional(),
  message: messageSchema.optional(),
  trigger: z.string().optional(),
  messageId: z.string().max(200).nullish(),
  model: z.unknown().optional(),
  options: z.unknown().optional(),
});

export interface UiRequest {
  question: Question;
  /** The stored question that this one takes the place of, if there is such a message. */
  replaces: string | null;
}

/** By what only they have: native bodies have neither `trigger` nor `message`, and their messages have no `parts`. */
export function isUiBody(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  if ('trigger' in body || 'message' in body || 'parts' in body) return true;
  const messages: unknown = 'messages' in body ? body.messages : undefined;
  return Array.isArray(messages) && messages.some(hasParts);
}

function hasParts(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'parts' in message;
}

/**
 * Throws InvalidRequestError. `knows`: whether there is a model of that name; what an application calls its models is
 * not always what they are called here.
 */
export function parseUi(body: unknown, limits: QuestionLimits, knows: (model: string) => boolean): UiRequest {
  const { id, message, messages, trigger, messageId, model, options } = parse(uiBodySchema, body);
  const all = messages ?? (message ? [message] : []);
  const spoken = all.filter(({ role }) => role !== 'system');
  const asked = spoken.at(-1);
  if (asked?.role !== 'user')
    throw InvalidRequestError.field('messages', "the last message must be the user's");
  const file = asked.parts.find(({ type }) => type === 'file');
  if (file) throw InvalidRequestError.field('messages', 'files are not supported; send text');
  const content = parse(z.object({ message: contentSchema(limits) }), { message: textOf(asked) }).message;
  const systemPrompt = all
    .filter(({ role }) => role === 'system')
    .map(textOf)
    .join('\n\n');
  const clientId = asked.id || null;
  const name = modelName.safeParse(model).data;
  return {
    replaces: trigger === 'regenerate-message' ? clientId : (messageId ?? clientId),
    question: {
      ...optionsOf(optionsSchema.safeParse(options).data),
      model: name !== undefined && knows(name) ? name : undefined,
      chatId: id ?? null,
      systemPrompt: systemPrompt === '' ? undefined : storable(systemPrompt),
      history: historyOf(spoken.slice(0, -1), limits, clientId),
      content,
      clientId,
    },
  };
}

/** What was said before, for a chat that is not known here: its newest messages, each id once. */
function historyOf(
  messages: readonly Message[],
  limits: QuestionLimits,
  askedId: string | null,
): Question['history'] {
  const taken = new Set([askedId]);
  return messages.slice(Math.max(0, messages.length - limits.messagesPerRequest + 1)).flatMap((message) => {
    const content = storable(textOf(message));
    if (content === '' || message.role === 'system') return [];
    const clientId = message.id && !taken.has(message.id) ? message.id : null;
    taken.add(clientId);
    return [{ role: message.role, content, clientId }];
  });
}

/** Reasoning, tools, sources and an application's own `data-…` parts are not what was said. */
function textOf({ parts }: Message): string {
  return parts.map(({ type, text }) => (type === 'text' ? (text ?? '') : '')).join('');
}
