import type { Logger } from 'pino';
import type { Access, Asking } from '../auth/access.ts';
import { ownerIdOf } from '../auth/principal.ts';
import { newId } from '../chat/new-id.ts';
import type { Question } from '../chat/question.ts';
import type { ChatService, RequestContext } from '../chat/service.ts';
import type { Page } from '../chat/store.ts';
import type { WorkspaceDocument } from '../editing/files.ts';
import { InvalidRequestError, NotFoundError, WorkspaceBusyError } from '../errors.ts';
import type { Followable } from '../runs/followable.ts';
import { Leases } from '../runs/leases.ts';
import type { Runs } from '../runs/runs.ts';
import type { WorkspaceEdit, WorkspaceView } from '../wire/workspaces.ts';
import { EditHistory } from './edit-history.ts';
import { EditLifecycle, type EditSettings } from './edit-lifecycle.ts';
import type { EditQuestion } from './edit-request.ts';
import type { WorkspaceDocuments, WorkspaceRow, WorkspaceStore } from './store.ts';
import { UpdatedAtWriter } from './updated-at.ts';
import type { Creation } from './workspace.ts';

/** Dependencies of the workspace service. */
export interface WorkspaceServiceParts {
  store: WorkspaceStore;
  documents: WorkspaceDocuments;
  chats: Pick<ChatService, 'ask'>;
  access: Pick<Access, 'reached'>;
  runs: Pick<Runs, 'get'>;
  settings: EditSettings;
  logger: Logger;
}

/** Workspaces: files that collaborators and the model edit together. Independent of HTTP. */
export class WorkspaceService implements AsyncDisposable {
  readonly #parts: WorkspaceServiceParts;
  /** One edit, undo, creation or deletion of a workspace at a time. */
  readonly #leases = new Leases((id, runId) => new WorkspaceBusyError(id, runId));
  readonly #edits: EditLifecycle;
  readonly #history: EditHistory;
  readonly #updatedAt: UpdatedAtWriter;
  readonly #unsubscribe: () => void;

  constructor(parts: WorkspaceServiceParts) {
    this.#parts = parts;
    const { store, documents, settings, logger } = parts;
    this.#edits = new EditLifecycle(store, documents, settings, logger);
    this.#history = new EditHistory(store, documents, this.#leases);
    this.#updatedAt = new UpdatedAtWriter(store, (err) =>
      logger.error({ err }, 'storing when workspaces changed failed'),
    );
    this.#unsubscribe = documents.onChange((id, { name }) => this.#updatedAt.changed(id, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#updatedAt[Symbol.asyncDispose]();
  }

  /**
   * Creates the document before the row that makes the workspace visible. Throws InvalidRequestError when the id is
   * taken, NotFoundError when it is by somebody else, and WorkspaceBusyError while that workspace is being edited.
   */
  async create({ id, ...creation }: Creation, asking: Asking): Promise<WorkspaceView<Date>> {
    const ownerId = ownerIdOf(asking.principal);
    if (id === undefined) return this.#create({ id: newId(), ...creation }, ownerId);
    const admit = async () => {
      const known = await this.#parts.store.get(id);
      if (known) await this.#parts.access.reached(asking, 'workspace', id, known);
      return known;
    };
    // Before the lease: an edit of somebody else's workspace is none of the caller's business.
    await admit();
    const lease = await this.#leases.claim(id, newId(), { interrupt: null, admit });
    try {
      const [row, document] = await Promise.all([admit(), this.#parts.documents.read(id)]);
      if (row || document) throw InvalidRequestError.field('id', 'is the id of another workspace');
      return await this.#create({ id, ...creation }, ownerId);
    } finally {
      lease.release();
    }
  }

  async #create(
    { id, name, files }: Creation & { id: string },
    ownerId: string,
  ): Promise<WorkspaceView<Date>> {
    const now = new Date();
    const row = { id, ownerId, name, chatId: null, createdAt: now, updatedAt: now };
    const document = { id, name, files: Object.fromEntries(files.map((file) => [newId(), file])) };
    await this.#parts.documents.create(document);
    try {
      await this.#parts.store.insert(row);
    } catch (error) {
      // A document without a row is unreachable. If removing it fails too, the cause is the one that the caller gets.
      await this.#parts.documents.remove(id).catch(() => {});
      throw error;
    }
    return viewOf(document, row);
  }

  list(ownerId: string, limit: number, cursor: string | null): Promise<Page<WorkspaceRow>> {
    return this.#parts.store.list(ownerId, limit, cursor);
  }

  /** Throws NotFoundError. */
  async get(id: string): Promise<WorkspaceView<Date>> {
    const [row, document] = await Promise.all([this.#parts.store.get(id), this.#parts.documents.read(id)]);
    if (!row || !document) throw new NotFoundError(`Workspace ${id}`);
    return viewOf(document, row);
  }

  /** Throws NotFoundError. */
  async rename(id: string, name: string): Promise<WorkspaceView<Date>> {
    await this.get(id);
    await this.#parts.documents.rename(id, name);
    await this.#parts.store.touch(id, name, new Date());
    return this.get(id);
  }

  /**
   * Stops a running edit and deletes the workspace. Its chat is kept, because it is an ordinary chat. Throws
   * NotFoundError.
   */
  async delete(id: string): Promise<void> {
    const lease = await this.#leases.takeOver(id, newId(), 'deleted');
    try {
      // The document first: after a crash in between, the row still exists, and deleting can be repeated.
      await this.#parts.documents.remove(id);
      this.#updatedAt.forget(id);
      if (!(await this.#parts.store.delete(id))) throw new NotFoundError(`Workspace ${id}`);
    } finally {
      lease.release();
    }
  }

  /**
   * Starts an edit: a turn of a chat whose answer changes files. Resolves before the first token. Throws NotFoundError,
   * WorkspaceBusyError, and the errors of `ChatService.ask`.
   */
  async edit(id: string, question: EditQuestion, context: RequestContext): Promise<Followable> {
    const row = await this.#parts.access.reached(context, 'workspace', id, await this.#parts.store.get(id));
    const { prompt, chatId, ...generation } = question;
    const own = chatId === undefined;
    const asked: Question = {
      ...generation,
      chatId: chatId ?? row.chatId ?? newId(),
      systemPrompt: undefined,
      history: [],
      content: prompt,
      clientId: null,
    };
    return this.#parts.chats.ask(asked, context, {
      ownerId: own ? row.ownerId : undefined,
      request: { workspace: id, question },
      prepare: async (runId) => {
        const lease = this.#leases.take(id, runId);
        // The workspace is stored.
        lease.begin();
        lease.onPreempt((cause) => this.#parts.runs.get(runId)?.stop(cause));
        try {
          return await this.#edits.prepare(id, prompt, own && row.chatId === null, lease);
        } catch (error) {
          lease.release();
          throw error;
        }
      },
    });
  }

  /** See EditHistory. */
  edits(id: string): Promise<WorkspaceEdit<Date>[]> {
    return this.#history.list(id);
  }

  /** See EditHistory. */
  undo(id: string, runId: string | undefined): Promise<{ runId: string; files: string[] }> {
    return this.#history.undo(id, runId);
  }

  /** See EditLifecycle. */
  recover(runId: string): ReturnType<EditLifecycle['recover']> {
    return this.#edits.recover(runId);
  }

  recoverRest(): Promise<number> {
    return this.#edits.recoverRest();
  }
}

function viewOf({ id, name, files }: WorkspaceDocument, row: WorkspaceRow): WorkspaceView<Date> {
  const { chatId, createdAt, updatedAt } = row;
  return { workspace: { id, name, files, createdAt, updatedAt }, chatId };
}
