import type { Connection, Doc } from 'sharedb/lib/client';
import { type Component, FollowedDocument } from '../live/followed-document.ts';
import { Cell } from '../shell/store.ts';
import { PacedOps } from './paced-ops.ts';
import type { TextChange } from './text-change.ts';

interface WorkspaceFile {
  name: string;
  text: string;
}

/** The document `workspaces/{id}`. */
export interface WorkspaceData {
  id: string;
  name: string;
  files: Record<string, WorkspaceFile>;
}

/** A file as the list shows it; its text is the editor's business. */
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
  /** Why what was just done here did not last, or why the workspace is not up to date. */
  problem: string | null;
  /** What is here was too old to be continued: the workspace has to be loaded afresh. Whether something typed here is lost. */
  stale: { lost: boolean } | null;
}

/** What is done to texts, by whoever does it elsewhere: other people, the model, the server that refuses. */
export interface TextListener {
  onChange(fileId: string, change: TextChange): void;
  /** All texts may be different ones. */
  onWhole(): void;
  /** Somebody else changes something. `byModel`: an edit of the model goes on, or is taken back. */
  onOthers(byModel: boolean): void;
}

const EMPTY: LiveWorkspaceState = { status: 'loading', name: '', files: [], problem: null, stale: null };

/** How the ops of the model call themselves. */
const EDIT_SOURCE = 'edit:';

/** A workspace, live: what others do to it shows here, what is done here goes to them. */
export class LiveWorkspace {
  readonly state = new Cell<LiveWorkspaceState>(EMPTY);
  readonly #followed: FollowedDocument<WorkspaceData>;
  readonly #ops: PacedOps;
  #listener: TextListener | null = null;

  constructor(connection: Connection, id: string) {
    this.#followed = new FollowedDocument(connection, 'workspaces', id, {
      onWhole: (document) => {
        this.#list(document);
        this.state.update({ problem: null });
        this.#listener?.onWhole();
      },
      onOp: (document, op, isOwn, source) => this.#changed(document, op, isOwn, source),
      onProblem: (problem) => this.state.update({ problem }),
      onTooOld: (document) => this.state.update({ stale: { lost: document.hasWritePending() } }),
    });
    this.#ops = new PacedOps(
      () => this.#followed.document,
      (error) => this.#refused(error),
    );
  }

  /** The answer undoes it. One at a time. */
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

  /** What was typed here: changes in ascending order, each at its place in the text as those before it have left it. */
  change(fileId: string, changes: readonly TextChange[]): void {
    if (this.#file(fileId)) this.#ops.text(fileId, changes);
  }

  // Each of these shows at once, resolves when the server has taken it, and rejects, undone, when it has refused it.

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
    // What was typed while this window was away for too long is the first to hear of it.
    if ('code' in error && error.code === 'document_too_old') this.state.update({ stale: { lost: true } });
    else this.state.update({ problem: error.message });
  }
}
