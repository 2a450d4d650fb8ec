import type { Access } from '../../auth/access.ts';
import type { EditedDocument } from '../../editing/edited-document.ts';
import type { WorkspaceDocument, WorkspaceLimits } from '../../editing/files.ts';
import { keepWrittenFiles } from '../../editing/json0-inverse.ts';
import { WorkspaceFullError } from '../../errors.ts';
import type { ShareDbBackend } from '../../sharedb/backend.ts';
import type { CollectionDocuments } from '../../sharedb/collection-documents.ts';
import { DocumentTooOldError, ViewerError } from '../../sharedb/errors.ts';
import type { CommittedOp } from '../../sharedb/storage/replay.ts';
import type { FileChange } from '../../wire/events.ts';
import type { OpsOfEdit, WorkspaceDocuments, WorkspaceListener } from '../store.ts';
import { changesOf, inverseOf, namesIn } from './edit-ops.ts';
import { EditedWorkspace } from './edited-workspace.ts';
import { UNDO_SUFFIX, workspaceCollection } from './workspace-collection.ts';

/** The documents `workspaces/{id}`, in ShareDB. */
export class SharedWorkspaces implements WorkspaceDocuments {
  readonly #documents: CollectionDocuments<WorkspaceDocument>;
  readonly #listeners = new Set<WorkspaceListener>();
  /** Ids of the documents that an edit has open. */
  readonly #edited = new Set<string>();

  /** Registers the collection with ShareDB. `hasRoom`: whether the database has room for more text (LIMIT-1). */
  constructor(
    sharedb: ShareDbBackend,
    access: Pick<Access, 'allows'>,
    limits: WorkspaceLimits,
    hasRoom: () => boolean,
  ) {
    this.#documents = sharedb.register(
      workspaceCollection({
        access,
        limits,
        hasRoom,
        isBeingEdited: (id) => this.#edited.has(id),
        stored: (id, document) => {
          for (const listener of this.#listeners) listener(id, document);
        },
      }),
    );
  }

  onChange(listener: WorkspaceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  read(id: string): Promise<WorkspaceDocument | null> {
    return this.#documents.read(id);
  }

  create(document: WorkspaceDocument): Promise<void> {
    return this.#documents.create(document.id, document);
  }

  async rename(id: string, name: string): Promise<void> {
    const document = await this.read(id);
    if (!document || document.name === name) return;
    await this.#documents.change(id, [{ p: ['name'], od: document.name, oi: name }]);
  }

  async remove(id: string): Promise<void> {
    if (await this.read(id)) await this.#documents.remove(id);
  }

  forgetHistory(id: string): Promise<void> {
    return this.#documents.forgetHistory(id);
  }

  async open(id: string, source: string): Promise<EditedDocument> {
    const document = await EditedWorkspace.open(this.#documents.connect(id, source), id, source);
    this.#edited.add(id);
    // Keeps the ops of the edit, which may have to be undone if it fails.
    const release = this.#documents.keepFrom(id, document.version);
    document.onClose(() => {
      this.#edited.delete(id);
      release();
    });
    return document;
  }

  async changesOf(id: string, edit: OpsOfEdit): Promise<FileChange[] | null> {
    const ops = await this.#opsSince(id, edit.firstVersion);
    return ops && changesOf(ops, edit.source, await this.read(id));
  }

  async undoEdit(id: string, edit: OpsOfEdit): Promise<string[] | null> {
    const ops = await this.#opsSince(id, edit.firstVersion);
    const inverse = ops && (await inverseOf(ops, edit.source));
    const document = await this.read(id);
    if (!inverse || !document) return null;
    const undo = keepWrittenFiles(inverse);
    // A crash may have come after this op was stored, but before the edit was marked as undone: a second undo would
    // insert text twice.
    const src = `${edit.source}${UNDO_SUFFIX}`;
    if (undo.length === 0 || ops.some((op) => op.src === src)) return namesIn(undo, document);
    // ShareDB transforms it against concurrent ops of collaborators.
    try {
      await this.#documents.change(id, undo, { v: edit.firstVersion + ops.length, src, seq: 1 });
    } catch (error) {
      if (error instanceof ViewerError) throw new WorkspaceFullError(id, { cause: error });
      throw error;
    }
    return namesIn(undo, document);
  }

  versions(id: string): Promise<{ current: number; oldest: number }> {
    return this.#documents.versions(id);
  }

  async #opsSince(id: string, version: number): Promise<CommittedOp[] | null> {
    try {
      return await this.#documents.history(id, version);
    } catch (error) {
      if (error instanceof DocumentTooOldError) return null;
      throw error;
    }
  }
}
