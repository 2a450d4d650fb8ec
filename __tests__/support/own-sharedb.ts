import { type as json1 } from 'ot-json1';
import ShareDB from 'sharedb';
import type { Doc } from 'sharedb/lib/client/index.js';
import { told } from './viewer.ts';

/** A copy of json1 under another name, which drops one of two ops in conflict instead of throwing. */
const lenient = { ...json1, name: 'lenient', uri: 'lenient', transform: json1.transformNoConflict };
for (const type of [json1, lenient]) ShareDB.types.register(type);

/** The OT types of documents that the library writes into. */
const TYPES = { json0: 'http://sharejs.org/types/JSONv0', json1: json1.uri, lenient: lenient.uri };
export type TypeName = keyof typeof TYPES;
export const TYPE_NAMES = ['json0', 'json1', 'lenient'] as const;

/** An application with a ShareDB of its own, the stock one. */
export class OwnShareDB implements AsyncDisposable {
  readonly backend = new ShareDB();
  /** Every op that was sent, as it was sent: what another one that was first made of it is ShareDB's. */
  readonly ops: Array<ReadonlyArray<Record<string, unknown>>> = [];
  readonly #type: string;
  /** How many turns of the event loop each message waits on its way; the next number each time. */
  delays: () => number = () => 0;

  constructor(type: TypeName = 'json0') {
    this.#type = TYPES[type];
    const wait = (_context: unknown, next: (error?: Error) => void) => {
      let turns = this.delays();
      const step = () => {
        turns -= 1;
        if (turns < 0) next();
        else setImmediate(step);
      };
      step();
    };
    this.backend.use('receive', wait);
    this.backend.use('apply', wait);
    this.backend.use('reply', wait);
    this.backend.use('submit', ({ op }, next) => {
      if ('op' in op) this.ops.push(structuredClone(op.op));
      next();
    });
  }

  /** The same document over a connection of its own, subscribed. The first one makes it. */
  async open(id: string, data: object = {}): Promise<Doc> {
    const doc: Doc = this.backend.connect().get('projects', id);
    await told((callback) => doc.subscribe(callback));
    if (!doc.type) await told((callback) => doc.create(data, this.#type, callback));
    return doc;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.backend.close(() => resolve()));
  }
}

/** Types text into a string of the document, as an application does. */
export function typeInto(doc: Doc, path: ReadonlyArray<string | number>, at: number, text: string): void {
  if (doc.type?.uri === TYPES.json0) {
    doc.submitOp([{ p: [...path, at], si: text }]);
    return;
  }
  const value = path.reduce((value, key) => value[key], doc.data);
  const characters = Array.from(value.slice(0, at)).length;
  doc.submitOp([...path, { es: characters === 0 ? [text] : [characters, text] }]);
}

/** Puts a value in the place of what is there, or of nothing; undefined: nothing is there any more. */
export function put(
  doc: Doc,
  path: ReadonlyArray<string | number>,
  value: unknown,
  callback?: (error?: unknown) => void,
): void {
  const was = path.reduce((value, key) => value?.[key], doc.data);
  const inList = typeof path.at(-1) === 'number';
  const json0 = {
    p: path,
    ...(was === undefined ? {} : { [inList ? 'ld' : 'od']: was }),
    ...(value === undefined ? {} : { [inList ? 'li' : 'oi']: value }),
  };
  const json1 = { ...(was === undefined ? {} : { r: true }), ...(value === undefined ? {} : { i: value }) };
  doc.submitOp(doc.type?.uri === TYPES.json0 ? [json0] : [...path, json1], undefined, callback);
}

/** All text that an op inserts. */
export function insertedBy(op: unknown): string {
  if (Array.isArray(op)) return op.map(insertedBy).join('');
  if (typeof op !== 'object' || op === null) return '';
  const { si = '', es = [] }: { si?: string; es?: unknown[] } = op;
  return si + es.filter((part) => typeof part === 'string').join('');
}

/** Resolves when the document has nothing on its way and is as new as the server's. */
export async function caughtUp(doc: Doc): Promise<void> {
  await new Promise<void>((resolve) => doc.whenNothingPending(resolve));
  await told((callback) => doc.fetch(callback));
}
