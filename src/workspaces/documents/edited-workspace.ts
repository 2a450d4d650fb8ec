import type { CollaboratorListener, EditedDocument } from '../../editing/edited-document.ts';
import type { WorkspaceDocument } from '../../editing/files.ts';
import { NotFoundError, StorageError } from '../../errors.ts';
import type { ClientDocument } from '../../sharedb/collection-documents.ts';
import type { Component } from '../../sharedb/json0.ts';
import type { TextStep } from '../../text/text-change.ts';
import type { WorkspaceFile } from '../../wire/workspaces.ts';

/** From this length of a text on, in UTF-16 units, composing one component of an op takes about a millisecond. */
const LONG = 256 * 1024;

/** A component of a collaborator's op, as ShareDB's client emits it. */
interface CollaboratorComponent {
  p: readonly (string | number)[];
  si?: string;
  sd?: string;
  od?: unknown;
}

/**
 * A workspace's document through a ShareDB client of its own, so that ops have the edit's `src`, and ops of
 * collaborators arrive transformed against ops that are not stored yet.
 */
export class EditedWorkspace implements EditedDocument {
  readonly source: string;
  readonly #client: ClientDocument;
  #failure: unknown = null;
  /** Number of ops that are not stored yet. */
  #pending = 0;
  #onStored: Array<() => void> = [];
  #onClose: () => void = () => {};

  private constructor(client: ClientDocument, source: string) {
    this.source = source;
    this.#client = client;
    this.#doc.on('error', (error) => this.#fail(error));
  }

  /** Throws NotFoundError. */
  static async open(client: ClientDocument, id: string, source: string): Promise<EditedWorkspace> {
    const opened = new EditedWorkspace(client, source);
    try {
      await new Promise<void>((resolve, reject) => {
        client.doc.subscribe((error) => (error ? reject(error) : resolve()));
      });
      if (opened.data) return opened;
      throw new NotFoundError(`Workspace ${id}`);
    } catch (error) {
      await opened[Symbol.asyncDispose]();
      throw error;
    }
  }

  get #doc(): ClientDocument['doc'] {
    return this.#client.doc;
  }

  get version(): number {
    return this.#doc.version ?? 0;
  }

  get data(): WorkspaceDocument | null {
    return this.#failure === null ? (this.#doc.data ?? null) : null;
  }

  change(fileId: string, steps: readonly TextStep[]): void {
    let text = this.#doc.data?.files[fileId]?.text;
    if (text === undefined) return;
    const op: Component[] = [];
    for (const step of steps) {
      const p = ['files', fileId, 'text', step.at];
      if ('insert' in step) {
        op.push({ p, si: step.insert });
        text = text.slice(0, step.at) + step.insert + text.slice(step.at);
      } else {
        op.push({ p, sd: text.slice(step.at, step.at + step.remove) });
        text = text.slice(0, step.at) + text.slice(step.at + step.remove);
      }
    }
    // Otherwise ShareDB's client composes all pending ops into one, which takes long for a long text.
    this.#doc.preventCompose = text.length > LONG;
    this.#submit(op);
  }

  create(fileId: string, file: WorkspaceFile): void {
    this.#submit([{ p: ['files', fileId], oi: file }]);
  }

  remove(fileId: string): void {
    const file = this.#doc.data?.files[fileId];
    if (file) this.#submit([{ p: ['files', fileId], od: { ...file } }]);
  }

  onCollaborators(listener: CollaboratorListener): void {
    this.#doc.on('op', (op, source) => {
      if (source) return;
      for (const component of op as CollaboratorComponent[]) tell(listener, component);
    });
  }

  async stored(): Promise<void> {
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        this.#onStored.push(resolve);
      });
    }
    if (this.#failure !== null) throw new StorageError(this.#failure);
  }

  /** Registers the only listener. */
  onClose(listener: () => void): void {
    this.#onClose = listener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.connection.close();
    this.#onClose();
  }

  #submit(op: Component[]): void {
    if (this.#failure !== null) return;
    this.#pending += 1;
    this.#doc.submitOp(op, undefined, (error) => {
      if (error) this.#fail(error);
      this.#pending -= 1;
      if (this.#pending > 0) return;
      for (const stored of this.#onStored.splice(0)) stored();
    });
  }

  /** From here on the document in memory may differ from the stored one. */
  #fail(error: unknown): void {
    this.#failure ??= error;
  }
}

function tell(listener: CollaboratorListener, { p, si, sd, od }: CollaboratorComponent): void {
  const [root, fileId, , at] = p;
  if (root !== 'files' || typeof fileId !== 'string') return;
  if (typeof at === 'number' && si !== undefined) listener.text(fileId, { at, insert: si });
  else if (typeof at === 'number' && sd !== undefined) listener.text(fileId, { at, remove: sd.length });
  else if (p.length === 2 && od !== undefined) listener.removed(fileId, nameOf(od));
}

function nameOf(file: unknown): string {
  return typeof file === 'object' && file && 'name' in file && typeof file.name === 'string' ? file.name : '';
}
