import type { Doc } from 'sharedb/lib/client';
import { inParts } from '../../text/characters.ts';
import { minimal, type Replacement } from '../../text/text-change.ts';
import type { Component } from '../live/followed-document.ts';
import type { WorkspaceData } from './workspace-data.ts';

/**
 * How large one op may be: well below the server's limits (64 Ki units, 256 components) unless it is configured
 * lower.
 */
const MOST_UNITS = 16 * 1024;
const MOST_COMPONENTS = 100;

/**
 * Submits local changes to ShareDB in ops that the server accepts. While an op is in flight, ShareDB composes all that
 * follow into one; after a long paste, or an hour offline, that op would be too large; and creating a file
 * and its text stay two ops.
 */
export class BatchedOps {
  readonly #document: () => Doc<WorkspaceData>;
  readonly #onRefusal: (error: { message: string }) => void;
  /** The size of the last op that waits. */
  #units = 0;
  #components = 0;
  #isText = true;

  constructor(document: () => Doc<WorkspaceData>, onRefusal: (error: { message: string }) => void) {
    this.#document = document;
    this.#onRefusal = onRefusal;
  }

  text(fileId: string, changes: readonly Replacement[]): void {
    const at = (offset: number) => ['files', fileId, 'text', offset];
    for (const change of changes) {
      const least = minimal(change);
      if (!least) continue;
      for (const part of inParts(least.removed, MOST_UNITS)) this.#typed([{ p: at(least.at), sd: part }]);
      let offset = least.at;
      for (const part of inParts(least.inserted, MOST_UNITS)) {
        this.#typed([{ p: at(offset), si: part }]);
        offset += part.length;
      }
    }
  }

  /** Resolves when the server has accepted it, which may take until the network is back. Rejects with its refusal. */
  other(op: readonly Component[]): Promise<void> {
    return this.#submit(op, false);
  }

  #typed(op: readonly Component[]): void {
    this.#submit(op, true).catch(this.#onRefusal);
  }

  #submit(op: readonly Component[], isText: boolean): Promise<void> {
    const document = this.#document();
    const units = op.reduce((sum, { si = '', sd = '' }) => sum + si.length + sd.length, 0);
    const fits = this.#units + units <= MOST_UNITS && this.#components < MOST_COMPONENTS;
    const joins = isText && this.#isText && fits;
    this.#units = joins ? this.#units + units : units;
    this.#components = joins ? this.#components + op.length : op.length;
    this.#isText = isText;
    document.preventCompose = !joins;
    return new Promise((resolve, reject) => {
      document.submitOp([...op], { source: true }, (error?: { message: string }) => {
        if (!document.hasWritePending()) this.#units = this.#components = 0;
        if (error) reject(error);
        else resolve();
      });
    });
  }
}
