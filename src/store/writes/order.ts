import * as auth from './auth-statements.ts';
import * as chats from './chat-statements.ts';
import * as documents from './document-statements.ts';
import * as files from './file-statements.ts';
import type { Write } from './statement.ts';
import * as workspaces from './workspace-statements.ts';

/**
 * The order in which the statements of one transaction run, whosever rows they write (decision 54). A new statement
 * has to be added here: rows that refer to others come after them, and updates come before what they must not see.
 */
export const WRITE_ORDER: ReadonlyArray<Write['statement']> = [
  chats.insertChats,
  // Counts the current messages, so it runs before some are superseded and others are added.
  chats.continueChats,
  // Before the insert: the new message may take over the client id of the one that it replaces.
  chats.supersedeMessages,
  chats.insertMessages,
  chats.insertRuns,
  chats.insertKeys,
  chats.insertSegments,
  chats.endMessages,
  chats.endRuns,
  chats.touchChats,
  // After the insert: segments that are written and replaced in one transaction go as well.
  chats.removeSegments,

  documents.insertOps,
  documents.putSnapshots,
  documents.removeOpsBefore,

  workspaces.insertWorkspaces,
  workspaces.touchWorkspaces,
  workspaces.setWorkspaceChats,
  workspaces.insertEdits,
  workspaces.endEdits,
  workspaces.removeWorkspaces,

  files.insertFiles,

  auth.insertApiKeys,
  auth.insertSessions,
  auth.insertShares,
  auth.removeShares,
  auth.insertAuditEntries,
];

const POSITIONS = new Map(WRITE_ORDER.map((statement, index) => [statement, index]));

/** One statement with all its rows. */
interface StatementRows {
  readonly sql: string;
  readonly rows: readonly object[];
}

/**
 * The writes of a transaction, each statement once, in the order of WRITE_ORDER. Statements that are not listed there
 * (an application's own, through `Database.commits`) run last, in the order in which they were first given.
 */
export function inWriteOrder(writes: Iterable<Write>): StatementRows[] {
  const rowsOf = new Map<Write['statement'], object[]>();
  for (const { statement, rows } of writes) {
    if (rows.length === 0) continue;
    const known = rowsOf.get(statement);
    if (known) for (const row of rows) known.push(row);
    else rowsOf.set(statement, [...rows]);
  }
  return [...rowsOf]
    .sort(([one], [other]) => positionOf(one) - positionOf(other))
    .map(([{ sql }, rows]) => ({ sql, rows }));
}

function positionOf(statement: Write['statement']): number {
  return POSITIONS.get(statement) ?? WRITE_ORDER.length;
}
