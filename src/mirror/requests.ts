import { z } from 'zod';
import { chatIdSchema } from '../chat/question.ts';
import { ViewerError } from './errors.ts';

/** UTF-16 units of the name by which a viewer is shown to others. */
const NAME_CHARS = 80;

/** No control characters, and none that turn the direction of the text around it: a name is one line of plain text. */
const PLAIN = /^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u;

const short = z.string().min(1).max(128);
const version = z.int().min(0).nullish();
const number = z.int().min(0);

const presence = z.strictObject({ name: z.string().trim().min(1).max(NAME_CHARS).regex(PLAIN) }).nullable();

/** What a viewer may say, in ShareDB's wire protocol. Whatever else is in such a message is dropped. */
const request = z.discriminatedUnion('a', [
  z.object({
    a: z.literal('hs'),
    id: short.nullish(),
    protocol: z.number().nullish(),
    protocolMinor: z.number().nullish(),
  }),
  z.object({ a: z.literal('pp') }),
  z.object({ a: z.enum(['f', 's', 'u']), c: short, d: chatIdSchema, v: version }),
  z.object({
    a: z.enum(['bf', 'bs', 'bu']),
    c: short,
    b: z.union([z.array(chatIdSchema).max(1_000), z.record(chatIdSchema, version)]),
  }),
  z.object({ a: z.literal('p'), ch: short, id: short, p: presence, pv: number }),
  z.object({ a: z.enum(['ps', 'pu']), ch: short, seq: number }),
  z.object({ a: z.literal('pr'), ch: short, seq: number.optional() }),
]);

export type ViewerRequest = z.infer<typeof request>;

const CHANGES = new Set<unknown>(['op']);
const UNSUPPORTED = new Set<unknown>(['qf', 'qs', 'qu', 'nf', 'nt']);

/** Throws ViewerError for everything that no viewer may say. */
export function parseRequest(message: Readonly<Record<string, unknown>>): ViewerRequest {
  const action = message.a;
  if (CHANGES.has(action))
    throw new ViewerError('read_only', 'Viewers may read; changes come from the chat.');
  if (UNSUPPORTED.has(action)) {
    throw new ViewerError('not_supported', 'Documents are read one by one, as they are now.');
  }
  const parsed = request.safeParse(message);
  if (parsed.success) return parsed.data;
  if (action === 'p') {
    throw new ViewerError(
      'invalid_presence',
      `Presence is {name}, plain text of 1 to ${NAME_CHARS} characters.`,
    );
  }
  throw new ViewerError('invalid_message', 'This is no message that a viewer can send.');
}

/** The documents that a request names. */
export function documentsOf(request: ViewerRequest): { collection: string; ids: string[] } | null {
  if ('d' in request) return { collection: request.c, ids: [request.d] };
  if ('b' in request) {
    return { collection: request.c, ids: Array.isArray(request.b) ? request.b : Object.keys(request.b) };
  }
  return null;
}

const ADDRESS = ['a', 'c', 'd', 'ch', 'id', 'seq', 'src', 'v', 'pv'];

/** What of a refused message goes back with the refusal: what the client tells by which request is meant, no more. */
export function addressOf(message: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    ADDRESS.map((key) => [key, message[key]]).filter(
      ([, value]) => typeof value === 'number' || (typeof value === 'string' && value.length <= 128),
    ),
  );
}
