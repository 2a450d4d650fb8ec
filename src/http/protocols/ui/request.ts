import { z } from 'zod';
import { isBlank } from '../../../chat/blank.ts';
import { fieldOf, historyMessageOf, messageText } from '../../../chat/client-history.ts';
import type { Question, QuestionLimits } from '../../../chat/question.ts';
import {
  chatIdSchema,
  contentSchema,
  modelName,
  optionsOf,
  optionsSchema,
  perLimits,
  systemPromptOf,
} from '../../../chat/question-fields.ts';
import { boundedArray, optional, parse } from '../../../chat/validation.ts';
import { InvalidRequestError } from '../../../errors.ts';
import { storable } from '../../../runs/text.ts';

/** Of the question; earlier messages may have more. */
const PARTS = 1_000;
/** The newest of them are imported, as many as a request may have in other protocols. */
const MESSAGES = 10_000;

const partSchema = z.object({ type: z.string(), text: z.string().optional() });

const messageSchema = z.object({
  id: z.string().max(200).optional().catch(undefined),
  role: z.enum(['system', 'user', 'assistant']),
  parts: z.preprocess(
    (parts) => (Array.isArray(parts) && parts.length <= PARTS ? parts.map(partOf) : parts),
    boundedArray(partSchema, PARTS, 'parts'),
  ),
});

type Message = z.infer<typeof messageSchema>;

/** Parts of an application's own types may have any fields; what is not a part at all has no text. */
function partOf(part: unknown): { type: string; text?: string } {
  const [type, text] = [fieldOf(part, 'type'), fieldOf(part, 'text')];
  return { type: typeof type === 'string' ? type : 'unknown', ...(typeof text === 'string' ? { text } : {}) };
}

/**
 * Rewrites all messages but the last, which is the question. Of the others only the newest `most` are used, and system
 * messages; the rest become undefined, so that the last keeps its index, and cost nothing to validate.
 */
function usable(messages: unknown, most: number): unknown {
  if (!Array.isArray(messages) || messages.length > MESSAGES) return messages;
  const last = messages.length - 1;
  return messages.map((message, index) => {
    if (index === last) return message;
    const isOld = index <= last - most && fieldOf(message, 'role') !== 'system';
    return isOld ? undefined : instructionOrHistory(message);
  });
}

function instructionOrHistory(message: unknown): unknown {
  const role = fieldOf(message, 'role');
  const said = role === 'system' ? { role, content: messageText(message) } : historyMessageOf(message);
  return { id: fieldOf(message, 'id'), role: said.role, parts: [{ type: 'text', text: said.content }] };
}

/**
 * What `useChat` sends, and its common override `{id, message}` (package `ai`, 5 to 7). Fields that an application adds
 * are ignored; `model` and `options` are used if they are valid here.
 */
export const uiBodySchema = perLimits(({ messagesPerRequest }) =>
  z.object({
    id: optional(chatIdSchema),
    messages: optional(
      z.preprocess(
        (messages) => usable(messages, messagesPerRequest),
        boundedArray(messageSchema.optional(), MESSAGES, 'messages'),
      ),
    ),
    message: optional(messageSchema),
    trigger: z.string().optional().catch(undefined),
    messageId: z.string().max(200).nullish(),
    model: z.unknown().optional(),
    options: z.unknown().optional(),
  }),
);

export interface UiRequest {
  question: Question;
  /** Id of the stored question that this one replaces, if there is such a message; null: none. */
  replaces: string | null;
}

/** By fields that only they have: native bodies have neither `trigger` nor `message`, and their messages no `parts`. */
export function isUiBody(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  if ('trigger' in body || 'message' in body || 'parts' in body) return true;
  const messages: unknown = 'messages' in body ? body.messages : undefined;
  // Only the last one, the question, counts: earlier messages may be from another protocol.
  return Array.isArray(messages) && fieldOf(messages.at(-1), 'parts') !== undefined;
}

/**
 * `isModel`: whether there is a model of that name; applications may have names of their own for models, which are
 * ignored. Throws InvalidRequestError.
 */
export function parseUi(
  body: unknown,
  limits: QuestionLimits,
  isModel: (model: string) => boolean,
): UiRequest {
  const { id, message, messages, trigger, messageId, model, options } = parse(uiBodySchema(limits), body);
  const all = (messages ?? [message]).filter((each) => each !== undefined);
  const spoken = all.filter(({ role }) => role !== 'system');
  const asked = spoken.at(-1);
  if (asked?.role !== 'user')
    throw InvalidRequestError.field('messages', "the last message must be the user's");
  const file = asked.parts.find(({ type }) => type === 'file');
  if (file) throw InvalidRequestError.field('messages', 'files are not supported; send text');
  const content = parse(z.object({ message: contentSchema(limits) }), {
    message: messageText(asked),
  }).message;
  const instructions = all.filter(({ role }) => role === 'system');
  const systemPrompt = systemPromptOf(
    instructions.map((each) => ({ role: each.role, content: messageText(each) })),
  );
  const clientId = asked.id || null;
  const name = modelName.safeParse(model).data;
  return {
    replaces: trigger === 'regenerate-message' ? clientId : (messageId ?? clientId),
    question: {
      ...optionsOf(optionsSchema.safeParse(options).data),
      model: name !== undefined && isModel(name) ? name : undefined,
      chatId: id ?? null,
      systemPrompt: systemPrompt === undefined ? undefined : storable(systemPrompt),
      history: historyOf(spoken.slice(0, -1), limits, clientId),
      content,
      clientId,
    },
  };
}

/** The history for a chat that is not stored here: the newest messages, each id once. */
function historyOf(
  messages: readonly Message[],
  limits: QuestionLimits,
  askedId: string | null,
): Question['history'] {
  const taken = new Set([askedId]);
  return messages.slice(Math.max(0, messages.length - limits.messagesPerRequest + 1)).flatMap((message) => {
    const content = storable(messageText(message));
    if (isBlank(content) || message.role === 'system') return [];
    const clientId = message.id && !taken.has(message.id) ? message.id : null;
    taken.add(clientId);
    return [{ role: message.role, content, clientId }];
  });
}
