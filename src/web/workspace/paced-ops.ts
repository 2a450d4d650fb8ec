import type { Doc } from 'sharedb/lib/client';
import type { Component } from '../live/followed-document.ts';
import type { WorkspaceData } from './live-workspace.ts';
import { inParts, minimal, type TextChange } from './text-change.ts';

/** What one op may carry: well below what the server takes (64 Ki units, 256 components) unless it is configured lower. */
const MOST_UNITS = 16 * 1024;
const MOST_COMPONENTS = 100;

/**
 * Hands over what was done to ShareDB, in ops that the server takes. While an op is under way, ShareDB puts all that
 * follows into one; of a long paste, or an hour without a network, that would be too much for one op, and a file that
 * comes and its text are two.
 */
export class PacedOps {
  readonly #document: () => Doc<WorkspaceData>;
  readonly #onRefusal: (error: { message: string }) => void;
  /** What the last op that waits may carry by now. */
  #units = 0;
  #components = 0;
  #isText = true;

  constructor(document: () => Doc<WorkspaceData>, onRefusal: (error: { message: string }) => void) {
    this.#document = document;
    this.#onRefusal = onRefusal;
  }

  text(fileId: string, changes: readonly TextChange[]): void {
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

  /** Resolves when the server has taken it, which may be long after the network has gone. Rejects with its refusal. */
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
