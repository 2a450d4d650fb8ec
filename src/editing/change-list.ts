import type { FileChange } from '../runs/events.ts';

/** What an edit has done to each file, all told. */
export class ChangeList {
  readonly #changes = new Map<string, FileChange>();

  /** A file that came and went was nothing; one that came stays new, whatever happened to it later. */
  add(change: FileChange & { change: 'created' | 'changed' | 'deleted' }): void {
    const before = this.#changes.get(change.fileId);
    if (before?.change === 'created' && change.change === 'deleted') this.#changes.delete(change.fileId);
    else if (before?.change === 'created') this.#changes.set(change.fileId, { ...before, name: change.name });
    else this.#changes.set(change.fileId, change);
  }

  leaveOut(fileId: string, name: string, reason: string): void {
    this.#changes.set(`left out ${fileId} ${name}`, { fileId, name, change: 'left_out', reason });
  }

  /** Whatever was done to it was taken back. */
  forget(fileId: string): void {
    this.#changes.delete(fileId);
  }

  get all(): FileChange[] {
    return [...this.#changes.values()];
  }
}
