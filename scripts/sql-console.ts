import { once } from 'node:events';
import { createInterface } from 'node:readline';
import SQLite from 'better-sqlite3';
import { textTable } from './text-table.ts';

const HELP = `SQL ends with a semicolon; it may span lines.
.tables           tables with their numbers of rows
.schema [table]   how they were made
.quit             leave`;

/** Long answers stay on one line of a terminal. */
const TERMINAL_CELL = 80;

/** What `sqlite3` would do for an operator, on machines that do not have it: SQL and a few dot commands. */
export class SqlConsole {
  constructor(
    private readonly database: SQLite.Database,
    private readonly cellWidth: number = process.stdout.isTTY ? TERMINAL_CELL : Number.POSITIVE_INFINITY,
  ) {}

  /** The answer to one command, as text; empty when there is nothing to say. Throws SqliteError. */
  execute(command: string): string {
    const [name = '', argument] = command.trim().split(/[\s;]+/);
    switch (name) {
      case '.tables':
        return this.tables();
      case '.schema':
        return this.schema(argument || null);
      case '.help':
        return HELP;
      default:
        return name.startsWith('.') ? `There is no ${name}.\n${HELP}` : this.sql(command);
    }
  }

  /** Reads commands until their end or `.quit`. A mistake is answered, and does not end it. */
  async converse(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<void> {
    const terminal = process.stdin.isTTY === true;
    const lines = createInterface({ input, output, terminal });
    let pending = '';
    const prompt = () => {
      if (!terminal) return;
      lines.setPrompt(pending === '' ? 'chat> ' : '  ... ');
      lines.prompt();
    };
    lines.on('line', (line) => {
      pending += `${line}\n`;
      if (/^\.(quit|exit)\b/.test(pending)) return lines.close();
      if (isWhole(pending)) {
        const answer = this.answer(pending);
        if (answer !== '') output.write(`${answer}\n`);
        pending = '';
      }
      prompt();
    });
    prompt();
    await once(lines, 'close');
  }

  private answer(command: string): string {
    try {
      return this.execute(command);
    } catch (error) {
      if (error instanceof SQLite.SqliteError) return `Error: ${error.message}`;
      throw error;
    }
  }

  private sql(text: string): string {
    if (text.trim().replaceAll(';', '') === '') return '';
    const statement = this.prepare(text);
    if (!statement.reader) return `${statement.run().changes} rows changed`;
    const columns = statement.columns().map(({ name }) => name);
    return textTable(columns, statement.raw().all(), this.cellWidth);
  }

  private prepare(text: string): SQLite.Statement<[], unknown[]> {
    try {
      return this.database.prepare<[], unknown[]>(text);
    } catch (error) {
      // The driver's own way to say so is not an SqliteError, as the mistakes in SQL are.
      if (error instanceof RangeError)
        throw new SQLite.SqliteError('one statement at a time', 'SQLITE_ERROR');
      throw error;
    }
  }

  private tables(): string {
    const names = this.database
      .prepare<[], string>(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
      )
      .pluck()
      .all();
    const counted = names.map((name) => [
      name,
      this.database
        .prepare(`SELECT count(*) FROM "${name.replaceAll('"', '""')}"`)
        .pluck()
        .get(),
    ]);
    return textTable(['table', 'rows'], counted, this.cellWidth);
  }

  private schema(table: string | null): string {
    return this.database
      .prepare<[string | null], string>(
        'SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name = ifnull(?, tbl_name) COLLATE NOCASE ORDER BY tbl_name, type DESC',
      )
      .pluck()
      .all(table)
      .map((sql) => `${sql};`)
      .join('\n');
  }
}

/** A dot command, or SQL up to a semicolon that is not inside a text. */
function isWhole(command: string): boolean {
  const text = command.trim();
  if (text === '' || text.startsWith('.')) return true;
  return text.endsWith(';') && text.split(`'`).length % 2 === 1;
}
