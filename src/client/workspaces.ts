import type { MessageStatus } from './chats.ts';
import type { EditReport, FileChange } from './events.ts';
import type { Http } from './http.ts';

export interface WorkspaceSummary {
  id: string;
  name: string;
  /** ISO 8601, like all times here. */
  createdAt: string;
  updatedAt: string;
}

export interface WorkspaceFile {
  /** A relative path with `/`, such as `src/main.js`. */
  name: string;
  /** Lines end with LF. */
  text: string;
}

export interface WorkspaceView {
  /** Files by the id that each keeps for its life. */
  workspace: WorkspaceSummary & { files: Record<string, WorkspaceFile> };
  /** The chat of its edits; null while there was none. */
  chatId: string | null;
}

export interface WorkspaceList {
  workspaces: WorkspaceSummary[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/** What one run did to a workspace. */
export interface WorkspaceEdit {
  runId: string;
  chatId: string;
  /** Of its run; null when the run's chat was deleted. */
  status: MessageStatus | null;
  /** Null: it runs. */
  outcome: EditReport['outcome'] | null;
  files: FileChange[];
  createdAt: string;
  undoneAt: string | null;
  /** Whether `undo` can take it back now. */
  undoable: boolean;
}

/** Files that people and the model edit together. Every method rejects with a ChatClientError. */
export class Workspaces {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  create(workspace: { name?: string; files?: readonly WorkspaceFile[] } = {}): Promise<WorkspaceView> {
    return this.#http.json('/api/workspaces', { method: 'POST', body: workspace });
  }

  /** The last changed first. `limit`: 1 to 500; the server's default is 100. */
  list(options: { limit?: number; cursor?: string; signal?: AbortSignal } = {}): Promise<WorkspaceList> {
    const { signal, ...query } = options;
    return this.#http.json('/api/workspaces', { query, signal });
  }

  get(id: string, { signal }: { signal?: AbortSignal } = {}): Promise<WorkspaceView> {
    return this.#http.json(pathOfWorkspace(id), { signal });
  }

  rename(id: string, name: string): Promise<WorkspaceView> {
    return this.#http.json(pathOfWorkspace(id), { method: 'PATCH', body: { name } });
  }

  /** For everybody. The chat of its edits stays. */
  delete(id: string): Promise<void> {
    return this.#http.request(pathOfWorkspace(id), { method: 'DELETE' }, () => {});
  }

  /** Newest first. */
  async edits(id: string, { signal }: { signal?: AbortSignal } = {}): Promise<WorkspaceEdit[]> {
    const path = `${pathOfWorkspace(id)}/edits`;
    const { edits } = await this.#http.json<{ edits: WorkspaceEdit[] }>(path, { signal });
    return edits;
  }

  /** Takes a whole edit back; without `runId` the newest that is not. Answers the names of the files that it changed. */
  undo(id: string, runId?: string): Promise<{ runId: string; files: string[] }> {
    const body = runId === undefined ? {} : { runId };
    return this.#http.json(`${pathOfWorkspace(id)}/undo`, { method: 'POST', body });
  }
}

export function pathOfWorkspace(id: string): string {
  return `/api/workspaces/${encodeURIComponent(id)}`;
}
