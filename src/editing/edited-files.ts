import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EditedDocument } from './edited-document.ts';
import { faultOfName, nameKey } from './file-names.ts';
import { changed, type TextChange } from './text-change.ts';
import { Weave } from './weave.ts';
import { totalOf } from './workspace.ts';

/** A file as the model knows it. */
interface Known {
  /** The model's text: what it was asked about, changed only by what it wrote. */
  text: string;
  weave: Weave;
}

/** Of one text at once; more are made fewer. */
const MOST_CHANGES = 200;

/** Each change in an op costs a copy of the text, here and where it is stored: units that one op may cost, a few ms. */
const UNITS_PER_OP = 8 * 1024 * 1024;

/** The files of a document that the model was asked about, its view of them beside what people make of them meanwhile. */
export class EditedFiles {
  readonly #document: EditedDocument;
  readonly #known = new Map<string, Known>();
  /** Of files that people have removed since. */
  readonly #removed = new Set<string>();
  /** As they were when the model was asked. */
  readonly originals: ReadonlyMap<string, string>;

  constructor(document: EditedDocument) {
    this.#document = document;
    const files = Object.entries(document.data?.files ?? {});
    for (const [id, { text }] of files) this.#known.set(id, { text, weave: new Weave(text.length) });
    this.originals = new Map(files.map(([id, { text }]) => [id, text]));
    document.onPeople({
      text: (id, step) => this.#known.get(id)?.weave.people(step),
      removed: (id, name) => {
        this.#known.delete(id);
        this.#removed.add(nameKey(name));
      },
    });
  }

  get count(): number {
    return Object.keys(this.#document.data?.files ?? {}).length;
  }

  /** UTF-16 units of all files but this one. */
  unitsBeside(id: string): number {
    return totalOf(Object.values(this.#document.data?.files ?? {})) - (this.textOf(id)?.length ?? 0);
  }

  /** The file of that name, or of one that some file system takes for the same. */
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

  /** As it is now, with what everybody has written. */
  textOf(id: string): string | undefined {
    return this.#document.data?.files[id]?.text;
  }

  /** As the model has it; undefined: it does not know the file, or people have removed it. */
  modelTextOf(id: string): string | undefined {
    return this.#known.get(id)?.text;
  }

  /** What speaks against a new file of that name, in words that go after the name; null: nothing. */
  faultOfNew(name: string, maxFiles: number): string | null {
    if (this.#removed.has(nameKey(name))) return 'was removed by somebody meanwhile';
    const fault = faultOfName(name);
    if (fault) return fault;
    return this.count >= maxFiles ? `would be one file more than the ${maxFiles} of a workspace` : null;
  }

  create(id: string, name: string): void {
    this.#document.create(id, { name, text: '' });
    this.#known.set(id, { text: '', weave: new Weave(0) });
  }

  remove(id: string): void {
    this.#known.delete(id);
    this.#document.remove(id);
  }

  /**
   * Changes the model's text, and with it the document: at once, or, where that takes long, in several ops with others in
   * between. Nothing happens to a file that people have removed.
   */
  async change(id: string, changes: readonly TextChange[]): Promise<void> {
    const text = this.modelTextOf(id) ?? '';
    const few = coarsened(text, changes);
    const size = Math.max(1, Math.floor(UNITS_PER_OP / (text.length + 1)));
    // From the end, so that what is before is still where it was.
    for (let end = few.length; end > 0; end -= size) {
      if (end < few.length) await nextTurn();
      const known = this.#known.get(id);
      if (!known) return;
      const batch = few.slice(Math.max(0, end - size), end);
      known.text = changed(known.text, batch);
      const steps = known.weave.model(batch);
      if (steps.length > 0) this.#document.change(id, steps);
    }
  }
}

/** The same in few changes, which then also touch what lies between. */
function coarsened(text: string, changes: readonly TextChange[]): readonly TextChange[] {
  if (changes.length <= MOST_CHANGES) return changes;
  const size = Math.ceil(changes.length / MOST_CHANGES);
  const groups = Array.from({ length: Math.ceil(changes.length / size) }, (_, index) =>
    changes.slice(index * size, (index + 1) * size),
  );
  return groups.flatMap((group) => {
    const [first, last] = [group[0], group.at(-1)];
    if (!first || !last) return [];
    const end = last.at + last.remove;
    const within = group.map((change) => ({ ...change, at: change.at - first.at }));
    return [{ at: first.at, remove: end - first.at, insert: changed(text.slice(first.at, end), within) }];
  });
}
