import { z } from 'zod';
import { idSchema } from '../../text/id.ts';
import { plainLine } from '../../text/plain-line.ts';
import type { Collections } from '../collections.ts';
import { ViewerError } from '../errors.ts';

/** UTF-16 units of the name by which a viewer is shown to others. */
const NAME_CHARS = 80;

/** The version of one presence. */
const MAX_PRESENCE_VERSION = 1_000_000_000;

/** Documents that one message may name. */
const MAX_DOCUMENTS = 1_000;

const short = z.string().min(1).max(128);
const version = z.int().min(0).nullish();
const number = z.int().min(0);

/** The fields of every presence; collections may add some. */
export const presenceFields = { name: plainLine(z.string().trim().min(1).max(NAME_CHARS)) };

const defaultPresence = z.strictObject(presenceFields).nullable();

/** What a viewer may send, in ShareDB's wire protocol. Other fields of such a message are dropped. */
const request = z.discriminatedUnion('a', [
  z.object({
    a: z.literal('hs'),
    id: short.nullish(),
    protocol: z.number().nullish(),
    protocolMinor: z.number().nullish(),
  }),
  z.object({ a: z.literal('pp') }),
  z.object({ a: z.enum(['f', 's', 'u']), c: short, d: idSchema, v: version }),
  z.object({
    a: z.enum(['bf', 'bs', 'bu']),
    c: short,
    b: z.union([z.array(idSchema), z.record(idSchema, version)]),
  }),
  z.object({
    a: z.literal('p'),
    ch: short,
    id: short,
    p: z.unknown(),
    pv: number.max(MAX_PRESENCE_VERSION),
  }),
  z.object({
    a: z.literal('op'),
    c: short,
    d: idSchema,
    v: version,
    seq: number,
    src: short.nullish(),
    op: z.unknown(),
  }),
  z.object({ a: z.enum(['ps', 'pu']), ch: short, seq: number }),
  z.object({ a: z.literal('pr'), ch: short, seq: number.optional() }),
]);

export type ViewerRequest = z.infer<typeof request>;

const UNSUPPORTED = new Set<unknown>(['qf', 'qs', 'qu', 'nf', 'nt']);

type Message = Readonly<Record<string, unknown>>;

/** Parses a message of a viewer. Throws ViewerError for everything that no viewer may send. */
export function parseRequest(message: Message, collections: Collections): ViewerRequest {
  const action = message.a;
  if (action === 'op') checkOp(message, collections);
  if (UNSUPPORTED.has(action)) {
    throw new ViewerError('not_supported', 'Documents are read one by one, as they are now.');
  }
  const { b } = message;
  if (typeof b === 'object' && b && Object.keys(b).length > MAX_DOCUMENTS) {
    throw new ViewerError('limit_exceeded', `One message may name ${MAX_DOCUMENTS} documents.`);
  }
  const parsed = request.safeParse(message);
  if (parsed.success && parsed.data.a === 'p') {
    const schema = collections.presenceIn(parsed.data.ch)?.schema ?? defaultPresence;
    const value = schema.safeParse(parsed.data.p);
    if (value.success) return { ...parsed.data, p: value.data };
  } else if (parsed.success && !collections.isReservedSource(sourceIn(parsed.data))) {
    return parsed.data;
  }
  if (action === 'p') throw invalidPresence(collections);
  throw new ViewerError('invalid_message', 'This is no message that a viewer can send.');
}

function checkOp(message: Message, collections: Collections): void {
  if (!collections.isWritable(message.c)) {
    throw new ViewerError('read_only', 'Viewers may read; changes come from the chat.');
  }
  if (message.create || message.del || !Object.hasOwn(message, 'op')) {
    throw new ViewerError('invalid_op', 'Documents come and go by HTTP.');
  }
}

/** Whose later ops, or whose op, the request says it is. */
function sourceIn(parsed: ViewerRequest): string | null | undefined {
  if (parsed.a === 'hs') return parsed.id;
  return parsed.a === 'op' ? parsed.src : undefined;
}

function invalidPresence(collections: Collections): ViewerError {
  const formats = [`{name}, plain text of 1 to ${NAME_CHARS} characters`, ...collections.presenceExtras()];
  return new ViewerError('invalid_presence', `Presence is ${formats.join('; ')}.`);
}

/** The documents that a request names. */
export function documentsOf(request: ViewerRequest): { collection: string; ids: string[] } | null {
  if ('d' in request) return { collection: request.c, ids: [request.d] };
  if ('b' in request) {
    return { collection: request.c, ids: Array.isArray(request.b) ? request.b : Object.keys(request.b) };
  }
  return null;
}

const ADDRESS_FIELDS = ['a', 'c', 'd', 'ch', 'id', 'seq', 'src', 'v', 'pv'];

/** The fields of a refused message by which its client knows which request is meant; they are sent with the error. */
export function addressOf(message: Message): Record<string, unknown> {
  return Object.fromEntries(
    ADDRESS_FIELDS.map((key) => [key, message[key]]).filter(
      ([, value]) => typeof value === 'number' || (typeof value === 'string' && value.length <= 128),
    ),
  );
}
