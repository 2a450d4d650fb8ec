import type { Logger } from 'pino';
import { v7 as newId } from 'uuid';
import type { Page } from '../chat/store.ts';
import { NotFoundError } from '../errors.ts';
import { Recency } from './recency.ts';
import type { WorkspaceDocuments, WorkspaceRow, WorkspaceStore } from './store.ts';
import type { Creation, WorkspaceDocument } from './workspace.ts';

/** A workspace as clients see it. */
export interface WorkspaceView {
  workspace: WorkspaceDocument & Pick<WorkspaceRow, 'createdAt' | 'updatedAt'>;
  /** The chat of its edits; null while there was none. */
  chatId: string | null;
}

/** Files that people edit together, and the model with them. Framework-free; HTTP is one of its callers. */
export class WorkspaceService implements AsyncDisposable {
  readonly #recency: Recency;
  readonly #leave: () => void;

  constructor(
    private readonly store: WorkspaceStore,
    private readonly documents: WorkspaceDocuments,
    logger: Logger,
  ) {
    this.#recency = new Recency(store, (err) => logger.error({ err }, 'noting changes of workspaces failed'));
    this.#leave = documents.onChange((id, { name }) => this.#recency.changed(id, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
    await this.#recency[Symbol.asyncDispose]();
  }

  /** The document is there before the workspace can be found. */
  async create({ name, files }: Creation): Promise<WorkspaceView> {
    const id = newId();
    const now = new Date();
    const row = { id, name, chatId: null, createdAt: now, updatedAt: now };
    const document = { id, name, files: Object.fromEntries(files.map((file) => [newId(), file])) };
    await this.documents.create(document);
    await this.store.insert(row);
    return viewOf(document, row);
  }

  list(limit: number, cursor: string | null): Promise<Page<WorkspaceRow>> {
    return this.store.list(limit, cursor);
  }

  /** Throws NotFoundError. */
  async get(id: string): Promise<WorkspaceView> {
    const [row, document] = await Promise.all([this.store.get(id), this.documents.read(id)]);
    if (!row || !document) throw new NotFoundError(`Workspace ${id}`);
    return viewOf(document, row);
  }

  /** Throws NotFoundError. */
  async rename(id: string, name: string): Promise<WorkspaceView> {
    await this.get(id);
    await this.documents.rename(id, name);
    await this.store.touch(id, name, new Date());
    return this.get(id);
  }

  /** Its chat stays: it is a conversation like any other. Throws NotFoundError. */
  async delete(id: string): Promise<void> {
    // First what it says; of what a crash leaves of it here, a second attempt can still be made.
    await this.documents.remove(id);
    this.#recency.forget(id);
    if (!(await this.store.delete(id))) throw new NotFoundError(`Workspace ${id}`);
  }
}

function viewOf({ id, name, files }: WorkspaceDocument, row: WorkspaceRow): WorkspaceView {
  const { chatId, createdAt, updatedAt } = row;
  return { workspace: { id, name, files, createdAt, updatedAt }, chatId };
}
