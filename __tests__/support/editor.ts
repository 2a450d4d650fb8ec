import type { Doc } from 'sharedb/lib/client/index.js';
import type { WorkspaceDocument } from '../../src/editing/files.ts';
import type { WorkspaceFile } from '../../src/wire/workspaces.ts';
import { post } from './events.ts';
import { told, Viewer } from './viewer.ts';

export type WorkspaceDoc = Doc<WorkspaceDocument | undefined>;

export interface MadeWorkspace {
  id: string;
  /** Ids by name. */
  ids: Record<string, string>;
}

export async function makeWorkspace(
  url: string,
  files: Record<string, string>,
  name?: string,
): Promise<MadeWorkspace> {
  const list = Object.entries(files).map(([name, text]) => ({ name, text }));
  const response = await post(`${url}/api/workspaces`, { ...(name ? { name } : {}), files: list });
  const { workspace } = (await response.json()) as { workspace: WorkspaceDocument };
  return {
    id: workspace.id,
    ids: Object.fromEntries(Object.entries(workspace.files).map(([id, file]) => [file.name, id])),
  };
}

/** Somebody who edits files, with ShareDB's own client over a real WebSocket. */
export class Editor extends Viewer {
  async open(workspaceId: string): Promise<WorkspaceDoc> {
    const doc: WorkspaceDoc = this.connection.get('workspaces', workspaceId);
    doc.on('error', () => {});
    await told((callback) => doc.subscribe(callback));
    return doc;
  }
}

/** Resolves when the server has taken the op; rejects with its refusal. */
export function submit(doc: WorkspaceDoc, op: unknown): Promise<void> {
  return told((callback) => doc.submitOp(op as never, undefined, callback));
}

export function insert(doc: WorkspaceDoc, fileId: string, at: number, text: string): Promise<void> {
  return submit(doc, [{ p: ['files', fileId, 'text', at], si: text }]);
}

export function fileOf(doc: WorkspaceDoc, fileId: string): WorkspaceFile {
  const file = doc.data?.files[fileId];
  if (!file) throw new Error(`there is no file ${fileId}`);
  return file;
}

/** Resolves when all that was sent is acknowledged. */
export function settled(doc: WorkspaceDoc): Promise<void> {
  return new Promise((resolve) => doc.whenNothingPending(() => resolve()));
}
