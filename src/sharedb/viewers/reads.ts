import { setImmediate as nextTurn } from 'node:timers/promises';
import { ViewerError } from '../errors.ts';
import type { DocumentDatabase } from '../storage/document-database.ts';
import type { CommittedOp } from '../storage/replay.ts';
import { documentsOf, type ViewerRequest } from './viewer-requests.ts';

/** Characters of documents in one reply, unless a single document is longer. */
const REPLY_CHARACTERS = 1024 * 1024;

export type ReadRequest = Extract<ViewerRequest, { a: 'f' | 's' | 'u' | 'bf' | 'bs' | 'bu' }>;

/** How a viewer gets what ShareDB itself does not send. */
export interface Recipient {
  /** Sends ops of a document, in order. Resolves when the viewer can take more. */
  ops(collection: string, id: string, ops: readonly CommittedOp[]): Promise<void>;
  /** Refuses one document of a bulk request. */
  refused(request: { a: string; c: string; d: string; v: number | null }, error: ViewerError): void;
  /** Counts CPU time that was spent for the viewer; ms. */
  spent(ms: number): void;
}

/**
 * Splits a request to read into requests that each take a few milliseconds: a bulk request into replies of moderate
 * length; and where a viewer has to catch up on many ops, all but the last slice are sent here, before the request.
 */
export async function* splitRead(
  request: ReadRequest,
  documents: DocumentDatabase,
  prepare: (id: string, version: number | null) => Promise<void>,
  recipient: Recipient,
): AsyncGenerator<ViewerRequest> {
  const { collection, ids } = documentsOf(request) ?? { collection: '', ids: [] };
  const isBulk = 'b' in request;
  let part = new Map<string, number | null>();
  let characters = 0;
  let sent = false;
  for (const id of new Set(ids)) {
    const from = versionOf(request, id);
    try {
      await prepare(id, from);
      if (from === null) characters += await documents.sizeOf(collection, id);
      part.set(id, from === null ? null : await catchUp(documents, collection, id, from, recipient));
    } catch (error) {
      if (!isBulk || !(error instanceof ViewerError)) throw error;
      recipient.refused({ a: request.a.slice(1), c: collection, d: id, v: from }, error);
    }
    if (characters >= REPLY_CHARACTERS) {
      yield withDocuments(request, part);
      recipient.spent(characters / CHARACTERS_PER_MS);
      sent = true;
      part = new Map();
      characters = 0;
    }
    if (isBulk) await nextTurn();
  }
  if (sent && part.size === 0) return;
  yield withDocuments(request, part);
  recipient.spent(characters / CHARACTERS_PER_MS);
}

/** How fast a message is made of documents and sent. */
const CHARACTERS_PER_MS = 250_000;

/** Sends the ops from a version on, except the last slice. Returns the version from which on ShareDB sends the rest. */
async function catchUp(
  documents: DocumentDatabase,
  collection: string,
  id: string,
  version: number,
  recipient: Recipient,
): Promise<number> {
  for (let from = version; ; ) {
    const ops = await documents.slice(collection, id, from);
    const { v } = await documents.read(collection, id);
    if (from + ops.length >= v) return from;
    await recipient.ops(collection, id, ops);
    from += ops.length;
    await nextTurn();
  }
}

function versionOf(request: ReadRequest, id: string): number | null {
  if (!('b' in request)) return request.v ?? null;
  return Array.isArray(request.b) ? null : (request.b[id] ?? 0);
}

function withDocuments(request: ReadRequest, part: ReadonlyMap<string, number | null>): ViewerRequest {
  if ('b' in request) {
    const b = Array.isArray(request.b)
      ? [...part.keys()]
      : (Object.fromEntries(part) as Record<string, number>);
    return { ...request, b };
  }
  const [version = null] = part.values();
  return { ...request, v: version };
}
