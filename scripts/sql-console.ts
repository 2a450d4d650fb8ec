import { createInterface } from 'node:readline';
import SQLite from 'better-sqlite3';
import { textTable } from '../src/cli/text-table.ts';

const HELP = `SQL ends with a semicolon; it may span lines.
.tables           tables with their numbers of rows
.schema [table]   the statements that made them
.quit             leave`;

/** In a terminal long cells are cut, so that a row stays on one line. */
const CELL_WIDTH = process.stdout.isTTY ? 80 : Number.POSITIVE_INFINITY;

/** Runs SQL or a dot command, as `sqlite3` would. Returns what to print, or ''. Throws SqliteError. */
export function execute(database: SQLite.Database, command: string): string {
  const [name = '', table = null] = command.trim().split(/[\s;]+/);
  if (name === '.tables') return tables(database);
  if (name === '.schema') return schema(database, table || null);
  if (name.startsWith('.')) return name === '.help' ? HELP : `There is no ${name}.\n${HELP}`;
  return command.trim().replaceAll(';', '') === '' ? '' : sql(database, command);
}

/** Executes the commands on stdin until its end or `.quit`; a mistake is printed and does not end it. */
export async function converse(database: SQLite.Database): Promise<void> {
  const terminal = process.stdin.isTTY === true;
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal, prompt: '' });
  let command = '';
  const prompt = () => {
    if (terminal) lines.setPrompt(command === '' ? 'chat> ' : '  ... ');
    lines.prompt();
  };
  prompt();
  for await (const line of lines) {
    command += `${line}\n`;
    if (/^\.(quit|exit)\b/.test(command)) break;
    if (isWhole(command)) {
      const output = executeOrExplain(database, command);
      if (output !== '') console.log(output);
      command = '';
    }
    prompt();
  }
}

function executeOrExplain(database: SQLite.Database, command: string): string {
  try {
    return execute(database, command);
  } catch (error) {
    if (error instanceof SQLite.SqliteError) return `Error: ${error.message}`;
    throw error;
  }
}

/** Whether it is a dot command, or SQL up to a semicolon that is not inside a string. */
function isWhole(command: string): boolean {
  const text = command.trim();
  return text === '' || text.startsWith('.') || (text.endsWith(';') && text.split(`'`).length % 2 === 1);
}

function sql(database: SQLite.Database, text: string): string {
  try {
    const statement = database.prepare<[], unknown[]>(text);
    if (!statement.reader) return `${statement.run().changes} rows changed`;
    const columns = statement.columns().map(({ name }) => name);
    return textTable(columns, statement.raw().all(), CELL_WIDTH);
  } catch (error) {
    // Of two statements in one text the driver throws this, unlike mistakes in SQL.
    if (error instanceof RangeError) throw new SQLite.SqliteError('one statement at a time', 'SQLITE_ERROR');
    throw error;
  }
}

function tables(database: SQLite.Database): string {
  const names = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`;
  const count = (name: string) => `SELECT count(*) FROM "${name.replaceAll('"', '""')}"`;
  const rows = database
    .prepare<[], string>(names)
    .pluck()
    .all()
    .map((name) => [name, database.prepare(count(name)).pluck().get()]);
  return textTable(['table', 'rows'], rows, CELL_WIDTH);
}

function schema(database: SQLite.Database, table: string | null): string {
  const statements = `SELECT sql || ';' FROM sqlite_schema
    WHERE sql IS NOT NULL AND tbl_name = ifnull(?, tbl_name) COLLATE NOCASE ORDER BY tbl_name, type DESC`;
  return database.prepare<[string | null], string>(statements).pluck().all(table).join('\n');
}
