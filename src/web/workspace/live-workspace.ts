import type { Connection, Doc } from 'sharedb/lib/client';
import type { Replacement } from '../../text/text-change.ts';
import { type Component, FollowedDocument } from '../live/followed-document.ts';
import { Cell } from '../shell/store.ts';
import { BatchedOps } from './op-batches.ts';
import type { WorkspaceData, WorkspaceFile } from './workspace-data.ts';

/** A file in the list, without its text. */
export interface ListedFile {
  id: string;
  name: string;
}

export interface LiveWorkspaceState {
  /** `missing`: there is no such workspace, or it was deleted. */
  status: 'loading' | 'there' | 'missing';
  name: string;
  /** By name. */
  files: readonly ListedFile[];
  /** Why the last change was refused, or why the workspace is not up to date. */
  problem: string | null;
  /** The local copy is too old to be continued and has to be loaded again. `lost`: with something typed here. */
  stale: { lost: boolean } | null;
}

/** Changes of texts that were not made in this window: by collaborators, the model, the server that refuses. */
export interface TextListener {
  onChange(fileId: string, change: Replacement): void;
  /** All texts may have changed. */
  onWhole(): void;
  /** A collaborator or the model changed something. `byModel`: it was an edit of the model, or its undo. */
  onOthers(byModel: boolean): void;
}

const EMPTY: LiveWorkspaceState = { status: 'loading', name: '', files: [], problem: null, stale: null };

/** The prefix of the source of the model's ops. */
const EDIT_SOURCE = 'edit:';

/** A workspace as a live document: remote changes are shown, local changes are sent. */
export class LiveWorkspace {
  readonly state = new Cell<LiveWorkspaceState>(EMPTY);
  readonly #followed: FollowedDocument<WorkspaceData>;
  readonly #ops: BatchedOps;
  #listener: TextListener | null = null;

  /** `isReader`: whether nothing can be changed here, so that nothing can be lost. */
  constructor(connection: Connection, id: string, isReader: () => boolean = () => false) {
    this.#followed = new FollowedDocument(connection, 'workspaces', id, {
      onWhole: (document) => {
        this.#list(document);
        this.state.update({ problem: null });
        this.#listener?.onWhole();
      },
      onOp: (document, op, isOwn, source) => this.#changed(document, op, isOwn, source),
      onProblem: (problem) => this.state.update({ problem }),
      onTooOld: (document) => {
        if (isReader()) return false;
        this.state.update({ stale: { lost: document.hasWritePending() } });
        return true;
      },
    });
    this.#ops = new BatchedOps(
      () => this.#followed.document,
      (error) => this.#refused(error),
    );
  }

  /** Returns a function that unsubscribes. One listener at a time. */
  listen(listener: TextListener): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = null;
    };
  }

  /** Undefined: there is no such file, or not yet. */
  textOf(fileId: string): string | undefined {
    return this.#file(fileId)?.text;
  }

  /** Local typing: changes in ascending order, each at its offset in the text after those before it. */
  change(fileId: string, changes: readonly Replacement[]): void {
    if (this.#file(fileId)) this.#ops.text(fileId, changes);
  }

  // Each of these applies at once, resolves when the server has accepted it, and rejects, reverted, when it refuses.

  create(fileId: string, name: string): Promise<void> {
    return this.#ops.other([{ p: ['files', fileId], oi: { name, text: '' } }]);
  }

  async renameFile(fileId: string, name: string): Promise<void> {
    const file = this.#file(fileId);
    if (!file || file.name === name) return;
    await this.#ops.other([{ p: ['files', fileId, 'name'], od: file.name, oi: name }]);
  }

  async remove(fileId: string): Promise<void> {
    const file = this.#file(fileId);
    if (file) await this.#ops.other([{ p: ['files', fileId], od: { ...file } }]);
  }

  async rename(name: string): Promise<void> {
    const before = this.#followed.document.data?.name;
    if (before === undefined || before === name) return;
    await this.#ops.other([{ p: ['name'], od: before, oi: name }]);
  }

  dismiss(): void {
    this.state.update({ problem: null });
  }

  close(): void {
    this.#listener = null;
    this.#followed.close();
  }

  #file(fileId: string): WorkspaceFile | undefined {
    const files = this.#followed.document.data?.files;
    return files && Object.hasOwn(files, fileId) ? files[fileId] : undefined;
  }

  #changed(document: Doc<WorkspaceData>, op: readonly Component[], isOwn: boolean, source: string): void {
    if (!isOwn) this.#listener?.onOthers(source?.startsWith(EDIT_SOURCE) ?? false);
    for (const { p, si, sd } of op) {
      const [, fileId, , offset] = p;
      if (p.length !== 4 || typeof fileId !== 'string' || typeof offset !== 'number') this.#list(document);
      else if (!isOwn)
        this.#listener?.onChange(fileId, { at: offset, removed: sd ?? '', inserted: si ?? '' });
    }
  }

  #list({ type, data }: Doc<WorkspaceData>): void {
    if (!type) {
      this.state.update({ ...EMPTY, status: 'missing' });
      return;
    }
    const files = Object.entries(data.files)
      .map(([id, { name }]) => ({ id, name }))
      .sort((one, other) => one.name.localeCompare(other.name));
    this.state.update({ status: 'there', name: data.name, files });
  }

  #refused(error: { message: string }): void {
    // Typing after a too long disconnection is the first to get this error.
    if ('code' in error && error.code === 'document_too_old') this.state.update({ stale: { lost: true } });
    else this.state.update({ problem: error.message });
  }
}
