import type { Logger } from 'pino';
import { newId } from '../chat/new-id.ts';
import type { Question } from '../chat/question.ts';
import type { ChatService, RequestContext } from '../chat/service.ts';
import type { Page } from '../chat/store.ts';
import { AlreadyUndoneError, NotFoundError, UndoExpiredError } from '../errors.ts';
import type { Followable, Runs } from '../runs/runs.ts';
import type { MessageStatus } from '../runs/store.ts';
import { Claims } from './claims.ts';
import { type EditSettings, Edits } from './edits.ts';
import type { EditQuestion } from './question.ts';
import { Recency } from './recency.ts';
import type { EditRow, WorkspaceDocuments, WorkspaceRow, WorkspaceStore } from './store.ts';
import type { Creation, WorkspaceDocument } from './workspace.ts';

/** A workspace as clients see it. */
export interface WorkspaceView {
  workspace: WorkspaceDocument & Pick<WorkspaceRow, 'createdAt' | 'updatedAt'>;
  /** The chat of its edits; null while there was none. */
  chatId: string | null;
}

/** An edit as clients see it. */
export interface EditView
  extends Pick<EditRow, 'runId' | 'chatId' | 'outcome' | 'files' | 'createdAt' | 'undoneAt'> {
  status: MessageStatus;
  undoable: boolean;
}

/** Files that people edit together, and the model with them. Framework-free; HTTP is one of its callers. */
export class WorkspaceService implements AsyncDisposable {
  readonly #claims = new Claims();
  readonly #edits: Edits;
  readonly #recency: Recency;
  readonly #leave: () => void;

  constructor(
    private readonly store: WorkspaceStore,
    private readonly documents: WorkspaceDocuments,
    private readonly chats: Pick<ChatService, 'ask'>,
    private readonly runs: Pick<Runs, 'get'>,
    settings: EditSettings,
    logger: Logger,
  ) {
    this.#edits = new Edits(store, documents, settings, logger);
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
    try {
      await this.store.insert(row);
    } catch (error) {
      // Nobody would ever find it. If that fails as well, it is for the same reason, of which the caller is told.
      await this.documents.remove(id).catch(() => {});
      throw error;
    }
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

  /**
   * Stops what runs in it, then removes it. Its chat stays: it is a conversation like any other. Throws NotFoundError.
   */
  async delete(id: string): Promise<void> {
    for (let other = this.#claims.of(id); other; other = this.#claims.of(id)) {
      other.unwanted = true;
      this.runs.get(other.runId)?.stop('deleted');
      await other.released;
    }
    const claim = this.#claims.take(id, newId());
    try {
      // First what it says; of what a crash leaves of it here, a second attempt can still be made.
      await this.documents.remove(id);
      this.#recency.forget(id);
      if (!(await this.store.delete(id))) throw new NotFoundError(`Workspace ${id}`);
    } finally {
      claim.release();
    }
  }

  /**
   * Lets the model edit: a turn in a chat like any other, whose answer goes into the files. Resolves before the first
   * token. Throws NotFoundError, WorkspaceBusyError, and whatever asking in a chat throws.
   */
  async edit(id: string, question: EditQuestion, context: RequestContext): Promise<Followable> {
    const row = await this.store.get(id);
    if (!row) throw new NotFoundError(`Workspace ${id}`);
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
    return this.chats.ask(asked, context, {
      request: { workspace: id, question },
      prepare: async (runId) => {
        const claim = this.#claims.take(id, runId);
        try {
          return await this.#edits.prepare(id, prompt, own && row.chatId === null, claim);
        } catch (error) {
          claim.release();
          throw error;
        }
      },
    });
  }

  /** The newest edits, newest first. Throws NotFoundError. */
  async edits(id: string): Promise<EditView[]> {
    if (!(await this.store.get(id))) throw new NotFoundError(`Workspace ${id}`);
    const [rows, { oldest }] = await Promise.all([
      this.store.edits(id, MOST_EDITS),
      this.documents.versions(id),
    ]);
    return rows.map((row) => ({
      runId: row.runId,
      chatId: row.chatId,
      status: row.status ?? (row.outcome === 'applied' ? 'complete' : 'stopped'),
      outcome: row.outcome,
      files: row.files,
      createdAt: row.createdAt,
      undoneAt: row.undoneAt,
      undoable: canBeUndone(row) && row.firstVersion >= oldest,
    }));
  }

  /**
   * Takes a whole edit back, whatever was done since. Throws NotFoundError, WorkspaceBusyError, AlreadyUndoneError,
   * UndoExpiredError, WorkspaceFullError.
   */
  async undo(id: string, runId: string | undefined): Promise<{ runId: string; files: string[] }> {
    if (!(await this.store.get(id))) throw new NotFoundError(`Workspace ${id}`);
    const claim = this.#claims.take(id, runId ?? newId());
    try {
      const row = await this.#editToUndo(id, runId);
      if (row.undoneAt || row.outcome === 'rolled_back') throw new AlreadyUndoneError(row.runId);
      const files = await this.documents.takeBack(id, row);
      if (!files) throw new UndoExpiredError(row.runId);
      await this.store.undone(row.runId, new Date());
      return { runId: row.runId, files };
    } finally {
      claim.release();
    }
  }

  /** For the sweep at start: see Edits. */
  recover(runId: string): ReturnType<Edits['recover']> {
    return this.#edits.recover(runId);
  }

  recoverRest(): Promise<number> {
    return this.#edits.recoverRest();
  }

  async #editToUndo(id: string, runId: string | undefined): Promise<EditRow> {
    if (runId === undefined) {
      const newest = (await this.store.edits(id, MOST_EDITS)).find(canBeUndone);
      if (newest) return newest;
      throw new NotFoundError('An edit to undo');
    }
    const row = await this.store.edit(runId);
    if (row?.workspaceId === id) return row;
    throw new NotFoundError(`Edit ${runId} in workspace ${id}`);
  }
}

const MOST_EDITS = 100;

function canBeUndone({ outcome, undoneAt, files }: EditRow): boolean {
  const ended = outcome === 'applied' || outcome === 'kept';
  return ended && undoneAt === null && files.some(({ change }) => change !== 'left_out');
}

function viewOf({ id, name, files }: WorkspaceDocument, row: WorkspaceRow): WorkspaceView {
  const { chatId, createdAt, updatedAt } = row;
  return { workspace: { id, name, files, createdAt, updatedAt }, chatId };
}
