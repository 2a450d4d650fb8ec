import type { Page } from '../chat/store.ts';
import type { EditEnd, EditRow, EditStart, WorkspaceRow, WorkspaceStore } from '../workspaces/store.ts';
import type { PrismaClient } from './generated/client.ts';
import { decodeCursor, page } from './reads/paging.ts';
import { reading, select } from './reads/query.ts';
import {
  EDIT,
  EDITS_OF,
  NEWEST_WORKSPACES,
  OLDER_WORKSPACES,
  UNFINISHED,
} from './reads/workspace-queries.ts';
import { removeShares } from './writes/auth-statements.ts';
import type { GroupCommit } from './writes/group-commit.ts';
import { markUndone } from './writes/single-statements.ts';
import type { SizeLimit } from './writes/size-limit.ts';
import { toColumn } from './writes/statement.ts';
import {
  endEdits,
  insertEdits,
  insertWorkspaces,
  removeWorkspaces,
  setWorkspaceChats,
  touchWorkspaces,
} from './writes/workspace-statements.ts';

/** Workspaces and their edits in SQLite. */
export class SqliteWorkspaceStore implements WorkspaceStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;
  readonly #sizeLimit: SizeLimit;

  constructor(reader: PrismaClient, commits: GroupCommit, sizeLimit: SizeLimit) {
    this.#reader = reader;
    this.#commits = commits;
    this.#sizeLimit = sizeLimit;
  }

  async insert({ createdAt, updatedAt, ...workspace }: WorkspaceRow): Promise<void> {
    this.#sizeLimit.check();
    const row = { ...workspace, createdAt: toColumn(createdAt), updatedAt: toColumn(updatedAt) };
    await this.#commits.write([insertWorkspaces.with([row])]);
  }

  get(id: string): Promise<WorkspaceRow | null> {
    return reading(this.#reader.workspace.findUnique({ where: { id } }));
  }

  async list(ownerId: string, limit: number, cursor: string | null): Promise<Page<WorkspaceRow>> {
    const after = cursor === null ? null : decodeCursor(cursor, /^workspace (?<time>\d{1,15}) (?<id>\S+)$/);
    const rows = after
      ? await select(
          this.#reader,
          OLDER_WORKSPACES,
          ownerId,
          toColumn(new Date(Number(after.time))),
          after.id,
          limit + 1,
        )
      : await select(this.#reader, NEWEST_WORKSPACES, ownerId, limit + 1);
    return page(rows, limit, ({ updatedAt, id }) => `workspace ${updatedAt.getTime()} ${id}`);
  }

  touch(id: string, name: string, at: Date): Promise<void> {
    return this.#commits.write([touchWorkspaces.with([{ id, name, now: toColumn(at) }])]);
  }

  async delete(id: string): Promise<boolean> {
    if (!(await this.get(id))) return false;
    await this.#commits.write([
      removeWorkspaces.with([{ id }]),
      removeShares.with([{ resource: 'workspace', resourceId: id }]),
    ]);
    await this.#commits.scrub();
    return true;
  }

  async beginEdit({ createdAt, ...edit }: EditStart, remember: boolean): Promise<void> {
    this.#sizeLimit.check();
    const { workspaceId: id, chatId } = edit;
    await this.#commits.write([
      setWorkspaceChats.with(remember ? [{ id, chatId }] : []),
      insertEdits.with([{ ...edit, files: '[]', createdAt: toColumn(createdAt) }]),
    ]);
  }

  endEdit({ files, ...end }: EditEnd): Promise<void> {
    return this.#commits.write([endEdits.with([{ ...end, files: JSON.stringify(files) }])]);
  }

  async edits(workspaceId: string, limit: number): Promise<EditRow[]> {
    return (await select(this.#reader, EDITS_OF, workspaceId, limit)).map(editOf);
  }

  async edit(runId: string): Promise<EditRow | null> {
    const [edit] = await select(this.#reader, EDIT, runId);
    return edit ? editOf(edit) : null;
  }

  async unfinished(): Promise<EditRow[]> {
    return (await select(this.#reader, UNFINISHED)).map(editOf);
  }

  async markUndone(runId: string, at: Date): Promise<boolean> {
    const changes = await this.#commits.run(markUndone, { runId, now: toColumn(at) });
    return changes > 0;
  }
}

function editOf({ files, ...edit }: typeof EDIT.row): EditRow {
  return { ...edit, files: JSON.parse(files) };
}
