import { newId } from '../../chat/new-id.ts';
import type { CollaboratorListener } from '../../editing/edited-document.ts';
import type { WorkspaceDocument } from '../../editing/files.ts';
import { keepWrittenFiles, prependInverse, transformInverse } from '../../editing/json0-inverse.ts';
import { StorageError } from '../../errors.ts';
import type { TextStep } from '../../text/text-change.ts';
import type { WorkspaceFile } from '../../wire/workspaces.ts';
import type { Change } from '../document/change.ts';
import { type Component, type Json0, json0Op } from '../document/json0.ts';
import { PendingWrites } from '../document/pending-writes.ts';
import { fieldOf, isObject, submit } from '../document/shared-doc.ts';
import type { EmbeddedFiles, FilesDoc } from './embedded-files.ts';
import { filesIn } from './files-in.ts';
import { changesOf } from './text-step-changes.ts';

/** Files of a document of type json0. Each change is sent at once. */
export class Json0Files implements EmbeddedFiles {
  readonly source = `edit:${newId()}`;
  readonly #doc: FilesDoc;
  readonly #type: Json0;
  readonly #writes = new PendingWrites();
  #listener: CollaboratorListener | null = null;
  #inverse: Component[] = [];

  constructor(doc: FilesDoc, type: Json0) {
    this.#doc = doc;
    this.#type = type;
    doc.on('op', this.#onOp);
  }

  get version(): number {
    return this.#doc.version ?? 0;
  }

  get data(): WorkspaceDocument | null {
    return this.#writes.hasFailed ? null : filesIn(this.#doc.id, this.#doc.data);
  }

  get hasChanged(): boolean {
    return this.#inverse.length > 0;
  }

  change(fileId: string, steps: readonly TextStep[]): void {
    const text = this.data?.files[fileId]?.text;
    if (text !== undefined) this.#submit(changesOf(fileId, steps, text));
  }

  create(fileId: string, file: WorkspaceFile): void {
    this.#submit([{ kind: 'field', path: ['files', fileId], value: file, was: undefined }]);
  }

  remove(fileId: string): void {
    const file = this.data?.files[fileId];
    if (file) {
      this.#submit([{ kind: 'field', path: ['files', fileId], value: undefined, was: { ...file } }]);
    }
  }

  onCollaborators(listener: CollaboratorListener): void {
    this.#listener = listener;
  }

  async stored(): Promise<void> {
    try {
      await this.#writes.stored();
    } catch (failure) {
      throw new StorageError(failure);
    }
  }

  async undoEdit(): Promise<void> {
    const op = keepWrittenFiles(this.#inverse);
    this.#inverse = [];
    if (op.length > 0) await submit(this.#doc, op, this.source);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#doc.removeListener('op', this.#onOp);
  }

  #submit(changes: readonly Change[]): void {
    const op = json0Op(changes);
    if (op === null || this.#writes.hasFailed) return;
    this.#inverse = prependInverse(this.#type, this.#inverse, op);
    this.#writes.add(submit(this.#doc, op, this.source));
  }

  readonly #onOp = (op: unknown, source: unknown): void => {
    if (source === this.source || !isOp(op)) return;
    this.#inverse = transformInverse(this.#type, this.#inverse, op);
    for (const component of op) if (this.#listener) notify(component, this.#listener);
  };
}

function notify({ p, si, sd, oi, od }: Component, listener: CollaboratorListener): void {
  const [root, fileId, field, at] = p;
  if (root !== 'files' || typeof fileId !== 'string') return;
  if (p.length === 2 && isObject(od)) listener.removed(fileId, String(fieldOf(od, 'name') ?? ''));
  if (field !== 'text') return;
  if (typeof at === 'number' && si !== undefined) listener.text(fileId, { at, insert: si });
  if (typeof at === 'number' && sd !== undefined) listener.text(fileId, { at, remove: sd.length });
  // Some applications replace a text as a whole.
  if (p.length === 3 && typeof od === 'string' && od !== '')
    listener.text(fileId, { at: 0, remove: od.length });
  if (p.length === 3 && typeof oi === 'string' && oi !== '') listener.text(fileId, { at: 0, insert: oi });
}

function isOp(op: unknown): op is Component[] {
  return Array.isArray(op) && op.every((component) => Array.isArray(fieldOf(component, 'p')));
}
