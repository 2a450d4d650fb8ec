import type { Page } from '../chat/store.ts';
import type { EditEnd, EditRow, EditStart, WorkspaceRow, WorkspaceStore } from '../editing/store.ts';
import { decodeCursor, page } from './cursor.ts';
import type { PrismaClient } from './generated/client.ts';
import type { GroupCommit } from './group-commit.ts';
import { toColumn } from './statement.ts';
import { reading } from './storage-errors.ts';
import {
  EDIT,
  EDITS_OF,
  NEWEST_WORKSPACES,
  OLDER_WORKSPACES,
  UNDONE,
  UNFINISHED,
} from './workspace-queries.ts';
import {
  endEdits,
  insertEdits,
  insertWorkspaces,
  rememberChats,
  removeWorkspaces,
  touchWorkspaces,
} from './workspace-statements.ts';

type StoredEdit = Omit<EditRow, 'files'> & { files: string };

/** Workspaces in SQLite. `reader` has a connection that cannot write; everything that writes goes through `commits`. */
export class PrismaWorkspaceStore implements WorkspaceStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;

  constructor(reader: PrismaClient, commits: GroupCommit) {
    this.#reader = reader;
    this.#commits = commits;
  }

  insert({ id, name, chatId, createdAt, updatedAt }: WorkspaceRow): Promise<void> {
    const row = { id, name, chatId, createdAt: toColumn(createdAt), updatedAt: toColumn(updatedAt) };
    return this.#commits.write([insertWorkspaces.with([row])]);
  }

  get(id: string): Promise<WorkspaceRow | null> {
    return reading(this.#reader.workspace.findUnique({ where: { id } }));
  }

  async list(limit: number, cursor: string | null): Promise<Page<WorkspaceRow>> {
    const after = cursor === null ? null : decodeCursor(cursor, /^workspace (?<time>\d{1,15}) (?<id>\S+)$/);
    const rows = after
      ? await this.#query<WorkspaceRow>(
          OLDER_WORKSPACES,
          toColumn(new Date(Number(after.time))),
          after.id,
          limit + 1,
        )
      : await this.#query<WorkspaceRow>(NEWEST_WORKSPACES, limit + 1);
    return page(rows, limit, ({ updatedAt, id }) => `workspace ${updatedAt.getTime()} ${id}`);
  }

  touch(id: string, name: string, at: Date): Promise<void> {
    return this.#commits.write([touchWorkspaces.with([{ id, name, now: toColumn(at) }])]);
  }

  async delete(id: string): Promise<boolean> {
    if (!(await this.get(id))) return false;
    await this.#commits.write([removeWorkspaces.with([{ id }])]);
    return true;
  }

  beginEdit({ createdAt, ...edit }: EditStart, remember: boolean): Promise<void> {
    const { workspaceId: id, chatId } = edit;
    return this.#commits.write([
      rememberChats.with(remember ? [{ id, chatId }] : []),
      insertEdits.with([{ ...edit, files: '[]', createdAt: toColumn(createdAt) }]),
    ]);
  }

  endEdit({ files, ...end }: EditEnd): Promise<void> {
    return this.#commits.write([endEdits.with([{ ...end, files: JSON.stringify(files) }])]);
  }

  async edits(workspaceId: string, limit: number): Promise<EditRow[]> {
    return (await this.#query<StoredEdit>(EDITS_OF, workspaceId, limit)).map(editOf);
  }

  async edit(runId: string): Promise<EditRow | null> {
    const [edit] = await this.#query<StoredEdit>(EDIT, runId);
    return edit ? editOf(edit) : null;
  }

  async unfinished(): Promise<EditRow[]> {
    return (await this.#query<StoredEdit>(UNFINISHED)).map(editOf);
  }

  async undone(runId: string, at: Date): Promise<boolean> {
    const changes = await this.#commits.exclusive(
      (connection) => connection.prepare(UNDONE).run(toColumn(at), runId).changes,
    );
    return changes > 0;
  }

  #query<Row>(sql: string, ...values: unknown[]): Promise<Row[]> {
    return reading(this.#reader.$queryRawUnsafe<Row[]>(sql, ...values));
  }
}

function editOf({ files, ...edit }: StoredEdit): EditRow {
  return { ...edit, files: JSON.parse(files) };
}
