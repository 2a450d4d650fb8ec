import { z } from 'zod';
import { chatIdSchema } from '../chat/question.ts';
import { EDIT_SOURCE } from '../editing/store.ts';
import { isFileId } from '../editing/workspace.ts';
import { ViewerError } from './errors.ts';

/** UTF-16 units of the name by which a viewer is shown to others. */
const NAME_CHARS = 80;

/** No control characters, and none that turn the direction of the text around it: a name is one line of plain text. */
const PLAIN = /^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u;

const short = z.string().min(1).max(128);
const version = z.int().min(0).nullish();
const number = z.int().min(0);

/** As whose somebody's ops are stored. */
const source = short.refine((id) => !id.startsWith(EDIT_SOURCE));

const named = { name: z.string().trim().min(1).max(NAME_CHARS).regex(PLAIN) };
const presence = z.strictObject(named).nullable();

/** In a workspace also where somebody's cursor is: a file, and UTF-16 offsets in it. */
const cursor = z
  .strictObject({
    ...named,
    fileId: z.custom<string>(isFileId).optional(),
    anchor: number.optional(),
    head: number.optional(),
  })
  .nullable();

const IN_WORKSPACE = /^workspaces\//;

/** What a viewer may say, in ShareDB's wire protocol. Whatever else is in such a message is dropped. */
const request = z.discriminatedUnion('a', [
  z.object({
    a: z.literal('hs'),
    id: source.nullish(),
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
  z.object({ a: z.literal('p'), ch: short, id: short, p: z.unknown(), pv: number }),
  z.object({
    a: z.literal('op'),
    c: short,
    d: chatIdSchema,
    v: version,
    seq: number,
    src: source.nullish(),
    op: z.unknown(),
  }),
  z.object({ a: z.enum(['ps', 'pu']), ch: short, seq: number }),
  z.object({ a: z.literal('pr'), ch: short, seq: number.optional() }),
]);

export type ViewerRequest = z.infer<typeof request>;

const UNSUPPORTED = new Set<unknown>(['qf', 'qs', 'qu', 'nf', 'nt']);

/** Throws ViewerError for everything that no viewer may say. `isWritable`: whether a collection takes ops from viewers. */
export function parseRequest(
  message: Readonly<Record<string, unknown>>,
  isWritable: (collection: unknown) => boolean,
): ViewerRequest {
  const action = message.a;
  if (action === 'op' && !isWritable(message.c)) {
    throw new ViewerError('read_only', 'Viewers may read; changes come from the chat.');
  }
  if (action === 'op' && (message.create || message.del || !Object.hasOwn(message, 'op'))) {
    throw new ViewerError('invalid_op', 'Documents come and go by HTTP.');
  }
  if (UNSUPPORTED.has(action)) {
    throw new ViewerError('not_supported', 'Documents are read one by one, as they are now.');
  }
  const parsed = request.safeParse(message);
  if (parsed.success && parsed.data.a === 'p') {
    const value = (IN_WORKSPACE.test(parsed.data.ch) ? cursor : presence).safeParse(parsed.data.p);
    if (value.success) return { ...parsed.data, p: value.data };
  } else if (parsed.success) {
    return parsed.data;
  }
  if (action === 'p') {
    throw new ViewerError(
      'invalid_presence',
      `Presence is {name}, plain text of 1 to ${NAME_CHARS} characters; in a workspace also {fileId, anchor, head}.`,
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
