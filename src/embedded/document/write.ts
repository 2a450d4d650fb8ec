import type { Change } from './change.ts';
import { expectConflicts, isConflict } from './conflicts.ts';
import { checkIsDoc, documentTypeOf, openedTypeOf, opOf } from './document-type.ts';
import { refresh, type SharedDoc, submit } from './shared-doc.ts';

/** How often a change is tried after conflicts. */
const ATTEMPTS = 5;

/** Pending writes by document; each waits for the previous one. */
const turns = new Map<string, Promise<void>>();

/** The copy of each document that was written to last. */
const lastWritten = new Map<string, WeakRef<SharedDoc>>();
const MOST_REMEMBERED = 1000;

/**
 * Changes a document. `changes` returns the changes to the current document. It is called again after a conflict, even
 * if the server has stored the changes; so it must return none for a document that has them. An op without effect is
 * not sent, because it would be stored and broadcast. Resolves when the server has stored the op.
 *
 * In json0 the op is sent at once: when two clients set the same field, the later one wins. In json1 that is a
 * conflict, for which ShareDB drops an op; so writes of this process are serialized, each based on the previous one.
 */
export async function write(doc: SharedDoc, changes: () => readonly Change[]): Promise<void> {
  checkIsDoc(doc);
  // A document has no type while ShareDB fetches it again after a conflict.
  if (doc.type === null || documentTypeOf(doc).name === 'json1') {
    await inTurn(doc, () => writeOnTop(doc, changes));
    return;
  }
  const op = opOf(doc, changes());
  if (op !== null) await submit(doc, op);
}

/**
 * Like `write`, but after all other writes of this process and to the newest version of the document: for changes that
 * must not be made twice.
 */
export async function writeOnce(doc: SharedDoc, changes: () => readonly Change[]): Promise<void> {
  await openedTypeOf(doc);
  if (changes().length === 0) return;
  await inTurn(doc, async () => {
    await refresh(doc);
    await writeOnTop(doc, changes, true);
  });
}

async function writeOnTop(doc: SharedDoc, changes: () => readonly Change[], isNewest = false): Promise<void> {
  expectConflicts(doc);
  const key = keyOf(doc);
  if (!isNewest && (!doc.type || lastWritten.get(key)?.deref() !== doc)) await refresh(doc);
  for (let attempt = 1; ; attempt += 1) {
    const op = opOf(doc, changes());
    if (op === null) return;
    remember(key, doc);
    try {
      await submit(doc, op);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !isConflict(error)) throw error;
      await refresh(doc);
    }
  }
}

async function inTurn(doc: SharedDoc, work: () => Promise<void>): Promise<void> {
  const key = keyOf(doc);
  const turn = (turns.get(key) ?? Promise.resolve()).then(work, work);
  turns.set(key, turn);
  try {
    await turn;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
}

function keyOf({ collection, id }: SharedDoc): string {
  return `${collection}/${id}`;
}

function remember(key: string, doc: SharedDoc): void {
  lastWritten.delete(key);
  lastWritten.set(key, new WeakRef(doc));
  for (const oldest of lastWritten.keys()) {
    if (lastWritten.size <= MOST_REMEMBERED) break;
    lastWritten.delete(oldest);
  }
}
