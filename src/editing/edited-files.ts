import { setImmediate as nextTurn } from 'node:timers/promises';
import { applyChanges, changeBetween, type TextChange } from '../text/text-change.ts';
import type { EditedDocument } from './edited-document.ts';
import { faultOfName, nameKey } from './file-names.ts';
import { totalOf } from './files.ts';
import { RebaseMap } from './rebase-map.ts';

/** A file as the model knows it. */
interface KnownFile {
  /** What the model was asked about, changed only by what it wrote. */
  text: string;
  map: RebaseMap;
}

/** Changes of one text at once; more are merged. */
const MAX_CHANGES = 200;

/** Each change in an op copies the text, here and where it is stored: UTF-16 units that one op may copy, a few ms. */
const UNITS_PER_OP = 8 * 1024 * 1024;

/** The files of a document that the model was asked about: its own version of each, beside the document's. */
export class EditedFiles {
  readonly #document: EditedDocument;
  readonly #known = new Map<string, KnownFile>();
  /** Keys of the names of files that collaborators have removed since. */
  readonly #removed = new Set<string>();
  /** Texts at the moment the model was asked. */
  readonly originals: ReadonlyMap<string, string>;

  constructor(document: EditedDocument) {
    this.#document = document;
    const files = Object.entries(document.data?.files ?? {});
    for (const [id, { text }] of files) this.#known.set(id, { text, map: new RebaseMap(text.length) });
    this.originals = new Map(files.map(([id, { text }]) => [id, text]));
    document.onCollaborators({
      text: (id, step) => this.#known.get(id)?.map.collaborator(step),
      removed: (id, name) => {
        this.#known.delete(id);
        this.#removed.add(nameKey(name));
      },
    });
  }

  /** UTF-16 units of all files but this one. */
  unitsBeside(id: string): number {
    return totalOf(Object.values(this.#document.data?.files ?? {})) - (this.textOf(id)?.length ?? 0);
  }

  /** The file of that name, or of a name that some file system takes for the same. */
  idOf(name: string): string | undefined {
    const files = Object.entries(this.#document.data?.files ?? {});
    const key = nameKey(name);
    const found =
      files.find(([, file]) => file.name === name) ?? files.find(([, file]) => nameKey(file.name) === key);
    return found?.[0];
  }

  nameOf(id: string): string | undefined {
    return this.#document.data?.files[id]?.name;
  }

  /** The text in the document now, with what collaborators have written. */
  textOf(id: string): string | undefined {
    return this.#document.data?.files[id]?.text;
  }

  /** The model's version; undefined: the model does not know the file, or a collaborator has removed it. */
  modelTextOf(id: string): string | undefined {
    return this.#known.get(id)?.text;
  }

  /** Why there cannot be a new file of that name, as a phrase that follows the name; null: there can. */
  faultOfNew(name: string, maxFiles: number): string | null {
    if (this.#removed.has(nameKey(name))) return 'was removed by somebody meanwhile';
    const fault = faultOfName(name);
    if (fault) return fault;
    const count = Object.keys(this.#document.data?.files ?? {}).length;
    return count >= maxFiles ? `would be one file more than the ${maxFiles} of a workspace` : null;
  }

  create(id: string, name: string): void {
    this.#document.create(id, { name, text: '' });
    this.#known.set(id, { text: '', map: new RebaseMap(0) });
  }

  remove(id: string): void {
    this.#known.delete(id);
    this.#document.remove(id);
  }

  /**
   * Changes the model's version, and the document with it: at once, or, where that takes long, in several ops with
   * other work in between. Does nothing to a file that a collaborator has removed.
   */
  async change(id: string, changes: readonly TextChange[]): Promise<void> {
    const text = this.modelTextOf(id) ?? '';
    const merged = mergedTo(MAX_CHANGES, text, changes);
    const size = Math.max(1, Math.floor(UNITS_PER_OP / (text.length + 1)));
    // From the end, so that the offsets of the changes before stay valid.
    for (let end = merged.length; end > 0; end -= size) {
      if (end < merged.length) await nextTurn();
      const known = this.#known.get(id);
      if (!known) return;
      const batch = merged.slice(Math.max(0, end - size), end);
      known.text = applyChanges(known.text, batch);
      const steps = known.map.rebase(batch);
      if (steps.length > 0) this.#document.change(id, steps);
    }
  }

  /**
   * Takes the model's changes back, to `text`, at once. Null: the file was new; it is removed, unless a collaborator
   * has written into it.
   */
  restore(id: string, text: string | null): void {
    const current = this.modelTextOf(id);
    if (current === undefined) return;
    const back = changeBetween(current, text ?? '');
    // A single change is made synchronously.
    void this.change(id, back ? [back] : []);
    if (text === null && this.textOf(id) === '') this.remove(id);
  }
}

/** The same in at most `max` changes, which then also replace what lies between. */
function mergedTo(max: number, text: string, changes: readonly TextChange[]): readonly TextChange[] {
  if (changes.length <= max) return changes;
  const size = Math.ceil(changes.length / max);
  const groups = Array.from({ length: Math.ceil(changes.length / size) }, (_, index) =>
    changes.slice(index * size, (index + 1) * size),
  );
  return groups.flatMap((group) => {
    const [first, last] = [group[0], group.at(-1)];
    if (!first || !last) return [];
    const end = last.at + last.remove;
    const within = group.map((change) => ({ ...change, at: change.at - first.at }));
    const insert = applyChanges(text.slice(first.at, end), within);
    return [{ at: first.at, remove: end - first.at, insert }];
  });
}
