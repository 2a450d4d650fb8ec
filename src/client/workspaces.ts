import type { WorkspaceEdit, WorkspaceFile, WorkspaceList, WorkspaceView } from '../wire/workspaces.ts';
import type { Http } from './http.ts';

/** Files that users and the model edit together. Every method rejects with a ChatClientError. */
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

  /** Deletes it for all users. The chat of its edits stays. */
  delete(id: string): Promise<void> {
    return this.#http.request(pathOfWorkspace(id), { method: 'DELETE' }, () => {});
  }

  /** Newest first. */
  async edits(id: string, { signal }: { signal?: AbortSignal } = {}): Promise<WorkspaceEdit[]> {
    const path = `${pathOfWorkspace(id)}/edits`;
    const { edits } = await this.#http.json<{ edits: WorkspaceEdit[] }>(path, { signal });
    return edits;
  }

  /**
   * Takes a whole edit back; without `runId` the newest that is not undone. Returns the names of the files that
   * changed.
   */
  undo(id: string, runId?: string): Promise<{ runId: string; files: string[] }> {
    const body = runId === undefined ? {} : { runId };
    return this.#http.json(`${pathOfWorkspace(id)}/undo`, { method: 'POST', body });
  }
}

export function pathOfWorkspace(id: string): string {
  return `/api/workspaces/${encodeURIComponent(id)}`;
}
