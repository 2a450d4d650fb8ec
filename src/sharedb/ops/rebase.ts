import ShareDB from 'sharedb';
import { DocumentTooOldError } from '../errors.ts';
import { JSON0 } from '../json0.ts';
import type { DocumentDatabase } from '../storage/document-database.ts';
import type { DocumentKey } from '../storage/document-store.ts';
import type { CommittedOp } from '../storage/replay.ts';
import { TimeSlices } from '../time-slices.ts';

type Submitted = ShareDB.middleware.SubmitContext['op'] & { op?: unknown };

/** ShareDB's own transformation, which its types do not declare. */
const { transform } = (
  ShareDB as unknown as { ot: { transform(type: string, op: Submitted, other: CommittedOp): unknown } }
).ot;

/** Pairs of one component of the op and one concurrent component; each takes about ten microseconds. */
const MAX_PAIRS = 100_000;
const PAIRS_PER_STEP = 500;

/** With this code ShareDB acknowledges an op that was stored before. */
const ALREADY_SUBMITTED = Object.assign(new Error('Op already submitted'), {
  code: 'ERR_OP_ALREADY_SUBMITTED',
});

/** With this code it tells a client that others have done already what its op would do. */
const NO_OP = Object.assign(new Error('The op has nothing left to do.'), { code: 'ERR_NO_OP' });

/**
 * Transforms an op against everything that was stored since its version, in time slices: ShareDB would do it in one go
 * and block the event loop. ShareDB is left with what is stored during the last turn. `send` gets each slice of the ops
 * that the client may be missing. Returns the time spent; ms. Throws ViewerError.
 */
export async function rebase(
  documents: DocumentDatabase,
  { collection, id }: DocumentKey,
  op: Submitted,
  send: (ops: readonly CommittedOp[]) => Promise<void>,
): Promise<number> {
  const slices = new TimeSlices();
  let pairs = 0;
  if (op.v === undefined || op.v === null) return slices.busyMs;
  const from = op.v;
  const { v } = await documents.read(collection, id);
  // Each concurrent op has at least one component, so an op that is too far behind is refused before they are read.
  const length = lengthOf(op.op);
  if (length * (v - from) > MAX_PAIRS) throw new DocumentTooOldError(from);
  for (;;) {
    const others = await documents.slice(collection, id, op.v);
    if (others.length === 0) {
      if (op.v !== from && lengthOf(op.op) === 0) throw NO_OP;
      return slices.busyMs;
    }
    for (const other of others) {
      // The client sends it again, because it did not get the acknowledgement.
      if (other.src === op.src && other.seq === op.seq) throw ALREADY_SUBMITTED;
      pairs += length * lengthOf(other.op);
      if (pairs > MAX_PAIRS) throw new DocumentTooOldError(from);
      await transformBy(other, op, slices);
    }
    await send(others);
    await slices.pause();
  }
}

async function transformBy(other: CommittedOp, op: Submitted, slices: TimeSlices): Promise<void> {
  const version = op.v;
  const theirs = Array.isArray(other.op) ? other.op : null;
  const atOnce = Math.max(1, Math.floor(PAIRS_PER_STEP / Math.max(1, lengthOf(op.op))));
  for (let first = 0; first < (theirs?.length ?? 1); first += atOnce) {
    const part = theirs ? { ...other, op: theirs.slice(first, first + atOnce) } : other;
    op.v = version;
    const error = transform(JSON0, op, part);
    if (error) throw error;
    await slices.pause();
  }
  op.v = other.v + 1;
}

function lengthOf(op: unknown): number {
  return Array.isArray(op) ? op.length : 0;
}
