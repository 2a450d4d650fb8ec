import { newId } from '../../chat/new-id.ts';
import type { CollaboratorListener } from '../../editing/edited-document.ts';
import type { WorkspaceDocument } from '../../editing/files.ts';
import type { TextStep } from '../../text/text-change.ts';
import type { WorkspaceFile } from '../../wire/workspaces.ts';
import type { Change } from '../document/change.ts';
import { expectConflicts } from '../document/conflicts.ts';
import { type Json1, type Json1Op, json1Op } from '../document/json1.ts';
import { fieldOf } from '../document/shared-doc.ts';
import type { EmbeddedFiles, FilesDoc } from './embedded-files.ts';
import { filesIn } from './files-in.ts';
import { differenceOf, isOp, notify } from './json1-file-changes.ts';
import { Json1LocalDocument } from './json1-local-document.ts';
import { Json1OpSender } from './json1-op-sender.ts';
import { Json1Undo } from './json1-undo.ts';
import { changesOf } from './text-step-changes.ts';

/** Files of a document of type json1. One op is in flight at a time, because ShareDB may drop it for a conflict. */
export class Json1Files implements EmbeddedFiles {
  readonly source = `edit:${newId()}`;
  readonly #doc: FilesDoc;
  readonly #type: Json1;
  readonly #local: Json1LocalDocument;
  readonly #sender: Json1OpSender;
  readonly #undo: Json1Undo;
  #listener: CollaboratorListener | null = null;

  constructor(doc: FilesDoc, type: Json1) {
    this.#doc = doc;
    this.#type = type;
    this.#local = new Json1LocalDocument(type, doc.data);
    this.#sender = new Json1OpSender(doc, this.source, this.#local, (op, before) => this.#notify(op, before));
    this.#undo = new Json1Undo(type);
    expectConflicts(doc);
    doc.on('op', this.#onOp);
    doc.on('load', this.#reload);
  }

  get version(): number {
    return this.#doc.version ?? 0;
  }

  get data(): WorkspaceDocument | null {
    return this.#sender.hasFailed ? null : filesIn(this.#doc.id, this.#local.data);
  }

  get hasChanged(): boolean {
    return this.#undo.hasChanges;
  }

  change(fileId: string, steps: readonly TextStep[]): void {
    const text = this.data?.files[fileId]?.text;
    if (text !== undefined) this.#change(changesOf(fileId, steps, text));
  }

  create(fileId: string, file: WorkspaceFile): void {
    const path = ['files', fileId];
    this.#apply(
      json1Op(this.#type, [{ kind: 'field', path, value: file, was: undefined }], this.#local.data),
    );
    this.#undo.created(path);
  }

  remove(fileId: string): void {
    this.#change([{ kind: 'field', path: ['files', fileId], value: undefined, was: undefined }]);
  }

  onCollaborators(listener: CollaboratorListener): void {
    this.#listener = listener;
  }

  stored(): Promise<void> {
    return this.#sender.stored();
  }

  async undoEdit(): Promise<void> {
    this.#apply(this.#undo.takeInverse(this.#local.data));
    await this.stored();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#doc.removeListener('op', this.#onOp);
    this.#doc.removeListener('load', this.#reload);
  }

  #change(changes: readonly Change[]): void {
    const op = json1Op(this.#type, changes, this.#local.data);
    if (op !== null) this.#undo.add(op, this.#local.data);
    this.#apply(op);
  }

  #apply(op: Json1Op): void {
    if (op === null || this.#sender.hasFailed) return;
    this.#local.add(op);
    this.#sender.send();
  }

  readonly #onOp = (op: unknown, source: unknown, clientId: unknown): void => {
    if (this.#sender.isRecovering || !isOp(op)) return;
    if (source === this.source) {
      this.#local.ownOpApplied(this.#doc.data);
    } else if (source === false && this.#local.isInFlight && clientId === ownIdOf(this.#doc)) {
      // ShareDB rolls an op of this copy back, and reports right after this whose it was. If it was ours, it is sent
      // again.
      const { data } = this.#doc;
      queueMicrotask(() => {
        if (!this.#sender.isRecovering) this.#applyRemote(op, data);
      });
    } else {
      this.#applyRemote(op, this.#doc.data);
    }
  };

  /** The document was fetched again, because another op of this process was dropped. */
  readonly #reload = (): void => {
    if (this.#local.isInFlight || this.#sender.isRecovering) return;
    this.#applyRemote(differenceOf(this.#type, this.#local.submitted, this.#doc.data), this.#doc.data);
  };

  /** Applies a collaborator's op. `data`: ShareDB's document after it. */
  #applyRemote(op: Json1Op, data: unknown): void {
    const before = this.#local.data;
    this.#notify(this.#local.applyRemote(op, data), before);
  }

  /** `op`: a collaborator's op, transformed against all ops of the edit. `before`: the local document without it. */
  #notify(op: Json1Op, before: unknown): void {
    this.#undo.transform(op);
    if (this.#listener) notify(op, before, this.#local.data, this.#listener);
  }
}

/** The client id of ops of this copy of the document. */
function ownIdOf(doc: FilesDoc): unknown {
  return fieldOf(Reflect.get(doc, 'connection'), 'id');
}
