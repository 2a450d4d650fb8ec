import { newId } from '../chat/new-id.ts';
import type { EditedDocument, PeopleListener } from '../editing/edited-document.ts';
import type { TextStep } from '../editing/text-change.ts';
import type { WorkspaceDocument, WorkspaceFile } from '../editing/workspace.ts';
import { InvalidRequestError, StorageError } from '../errors.ts';
import { ensured, missingContainer } from './creation.ts';
import { type Component, fieldOf, isObject, type SharedDoc, submit } from './shared-doc.ts';

/** What is needed of ShareDB's json0 to take something back. */
interface Json0 {
  compose(one: readonly Component[], other: readonly Component[]): Component[];
  transform(op: readonly Component[], by: readonly Heard[], side: 'left'): Component[];
  invert?(op: readonly Component[]): Component[];
}

/** A component of somebody's op, as ShareDB's client hands it on. */
interface Heard {
  p: ReadonlyArray<string | number>;
  si?: string;
  sd?: string;
  oi?: unknown;
  od?: unknown;
}

/** A document of an application with files at `data.files[fileId]`, `{ name, text }` each; subscribed. */
export interface FilesDoc extends SharedDoc {
  readonly type: Json0 | null;
  readonly version: number | null;
  on(event: 'op', listener: (op: readonly Heard[], source: unknown) => void): unknown;
  removeListener(event: 'op', listener: (op: readonly Heard[], source: unknown) => void): unknown;
}

/**
 * The files of an application's document in the hands of one edit. Whatever comes in under another name than its own is
 * people's, also from other edits of this process. It knows at any time what would take back all that it did.
 */
export class OwnFiles implements EditedDocument {
  readonly source = `edit:${newId()}`;
  readonly #doc: FilesDoc;
  #listener: PeopleListener | null = null;
  #sent: Promise<void> = Promise.resolve();
  #failure: unknown = null;
  #back: Component[] = [];

  private constructor(doc: FilesDoc) {
    this.#doc = doc;
    doc.on('op', this.#hear);
  }

  /** Throws InvalidRequestError when it has no files, but something else in their place. */
  static async of(doc: FilesDoc): Promise<OwnFiles> {
    await ensured(doc, () => missingContainer(doc, 'files'));
    const files = fieldOf(doc.data, 'files');
    if (isFiles(files)) return new OwnFiles(doc);
    throw InvalidRequestError.field('doc', 'has files that are not { name, text }');
  }

  get version(): number {
    return this.#doc.version ?? 0;
  }

  get data(): WorkspaceDocument | null {
    const files = fieldOf(this.#doc.data, 'files');
    const { id } = this.#doc;
    return this.#failure === null && isFiles(files) ? { id, name: id, files } : null;
  }

  get hasChanged(): boolean {
    return this.#back.length > 0;
  }

  change(fileId: string, steps: readonly TextStep[]): void {
    let text = this.data?.files[fileId]?.text ?? null;
    if (text === null) return;
    const op: Component[] = [];
    for (const step of steps) {
      const p = ['files', fileId, 'text', step.at];
      const gone: string = 'remove' in step ? text.slice(step.at, step.at + step.remove) : '';
      const added = 'insert' in step ? step.insert : '';
      op.push('insert' in step ? { p, si: added } : { p, sd: gone });
      text = text.slice(0, step.at) + added + text.slice(step.at + gone.length);
    }
    this.#submit(op);
  }

  create(fileId: string, file: WorkspaceFile): void {
    this.#submit([{ p: ['files', fileId], oi: file }]);
  }

  remove(fileId: string): void {
    const file = this.data?.files[fileId];
    if (file) this.#submit([{ p: ['files', fileId], od: { ...file } }]);
  }

  onPeople(listener: PeopleListener): void {
    this.#listener = listener;
  }

  async stored(): Promise<void> {
    await this.#sent;
    if (this.#failure !== null) throw new StorageError(this.#failure);
  }

  /** Takes back all that was done, in one op, whatever people have done since; what they wrote stays. */
  async takeBack(): Promise<void> {
    // A file that was made is gone again, unless somebody has written into it.
    const op = this.#back.filter((component) => !('od' in component) || textOf(component.od) === '');
    this.#back = [];
    await submit(this.#doc, op, this.source);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#doc.removeListener('op', this.#hear);
  }

  #submit(op: Component[]): void {
    if (this.#failure !== null) return;
    const { type } = this.#doc;
    if (type?.invert) this.#back = type.compose(type.invert(op), this.#back);
    const sending = submit(this.#doc, op, this.source).catch((error: unknown) => {
      this.#failure ??= error;
    });
    this.#sent = Promise.all([this.#sent, sending]).then(() => {});
  }

  readonly #hear = (op: readonly Heard[], source: unknown): void => {
    if (source === this.source) return;
    if (this.#back.length > 0) this.#back = this.#doc.type?.transform(this.#back, op, 'left') ?? [];
    for (const component of op) if (this.#listener) tell(component, this.#listener);
  };
}

function tell({ p, si, sd, oi, od }: Heard, listener: PeopleListener): void {
  const [root, fileId, field, at] = p;
  if (root !== 'files' || typeof fileId !== 'string') return;
  if (p.length === 2 && isObject(od)) listener.removed(fileId, String(fieldOf(od, 'name') ?? ''));
  if (field !== 'text') return;
  if (typeof at === 'number' && si !== undefined) listener.text(fileId, { at, insert: si });
  if (typeof at === 'number' && sd !== undefined) listener.text(fileId, { at, remove: sd.length });
  // Some applications set a text instead of changing it.
  if (p.length === 3 && typeof od === 'string' && od !== '')
    listener.text(fileId, { at: 0, remove: od.length });
  if (p.length === 3 && typeof oi === 'string' && oi !== '') listener.text(fileId, { at: 0, insert: oi });
}

/** Looks at every file: people may add what they like. */
function isFiles(value: unknown): value is Record<string, WorkspaceFile> {
  return isObject(value) && Object.values(value).every(isFile);
}

function isFile(value: unknown): value is WorkspaceFile {
  return isObject(value) && typeof fieldOf(value, 'name') === 'string' && textOf(value) !== null;
}

function textOf(file: unknown): string | null {
  const text = fieldOf(file, 'text');
  return typeof text === 'string' ? text : null;
}
