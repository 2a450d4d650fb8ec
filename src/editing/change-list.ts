import type { FileChange } from '../wire/events.ts';

/** What an edit has done to each file, in total. */
export class ChangeList {
  readonly #changes = new Map<string, FileChange>();

  /** A file that was created and deleted again has no change; one that was created stays `created`. */
  add(change: FileChange & { change: 'created' | 'changed' | 'deleted' }): void {
    const before = this.#changes.get(change.fileId);
    if (before?.change === 'created' && change.change === 'deleted') this.#changes.delete(change.fileId);
    else if (before?.change === 'created') this.#changes.set(change.fileId, { ...before, name: change.name });
    else this.#changes.set(change.fileId, change);
  }

  leaveOut(fileId: string, name: string, reason: string): void {
    this.#changes.set(`left out ${fileId} ${name}`, { fileId, name, change: 'left_out', reason });
  }

  /** Whatever was done to the file was taken back. */
  forget(fileId: string): void {
    this.#changes.delete(fileId);
  }

  get all(): FileChange[] {
    return [...this.#changes.values()];
  }
}
