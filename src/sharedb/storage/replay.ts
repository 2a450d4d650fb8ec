import ShareDB from 'sharedb';
import { TimeSlices } from '../time-slices.ts';
import type { StoredOp, StoredSnapshot } from './document-store.ts';

/** A version of a document. `data` is shared by all readers: nobody may change it. */
export interface Version {
  readonly v: number;
  /** Null when the document does not exist. */
  readonly type: string | null;
  readonly data: unknown;
  readonly meta: Readonly<Record<string, unknown>> | null;
}

/** An op as ShareDB commits it. */
export interface CommittedOp {
  v: number;
  src?: string;
  seq?: number;
  op?: unknown;
  create?: { type: string; data: unknown };
  del?: true;
  m?: Record<string, unknown>;
}

/** The version that stored ops lead to from a stored snapshot. */
export async function replay(snapshot: StoredSnapshot | null, ops: readonly StoredOp[]): Promise<Version> {
  let v = snapshot?.version ?? 0;
  let type = snapshot?.type ?? null;
  let data: unknown = typeof snapshot?.data === 'string' ? JSON.parse(snapshot.data) : undefined;
  let meta = snapshot?.meta ?? null;
  const slices = new TimeSlices();
  for (const stored of ops) {
    await slices.pause();
    const op: CommittedOp = JSON.parse(stored.op);
    if (op.create) {
      const created = typeOf(op.create.type);
      type = created.uri ?? op.create.type;
      data = created.create(op.create.data);
    } else if (op.del) {
      type = null;
      data = undefined;
    } else if (op.op !== undefined && type !== null) {
      data = typeOf(type).apply(data, op.op);
    }
    v = stored.version + 1;
    meta = stored.meta;
  }
  return { v, type, data, meta: type === null || meta === null ? null : JSON.parse(meta) };
}

function typeOf(name: string) {
  const type = ShareDB.types.map[name];
  if (!type) throw new Error(`The OT type ${name} is not registered.`);
  return type;
}
