import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './server-process.ts';

const BUILT = join(ROOT, 'dist/store/database.js');
const SOURCE = join(ROOT, 'src/store/database.ts');

/** How long an undisturbed start takes; ms. */
export interface Durations {
  /** Until the database is made or migrated. */
  migrated: number;
  /** Until it is open. */
  opened: number;
}

/** A process that opens one database, to be killed meanwhile; it has loaded its modules before. */
export class Opener {
  #said = '';
  readonly #closed: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (text) => {
      this.#said += text;
    });
    this.#closed = once(child, 'close');
  }

  /** Resolves when it has loaded everything. */
  static async start(): Promise<Opener> {
    const [flags, module] = existsSync(BUILT) ? [[], BUILT] : [['--import', 'tsx'], SOURCE];
    const program = join(ROOT, 'scripts/survival/opener.js');
    const child = spawn(process.execPath, [...flags, program, pathToFileURL(module).href], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const opener = new Opener(child);
    if (child.stdout) await Promise.race([once(child.stdout, 'data'), opener.#closed]);
    return opener;
  }

  /**
   * Resolves when the process was killed, so many ms after it began to open the file, with whether it was still opening
   * it.
   */
  async openUntil(file: string, delay: number): Promise<boolean> {
    this.child.stdin?.write(`file:${file} ${delay}\n`);
    const durations = await this.#durations();
    const { exitCode } = this.child;
    if (exitCode !== null) throw new Error(`The process ended by itself, with ${exitCode}.`);
    return durations === null;
  }

  /** Undisturbed: resolves when the database is closed again. */
  async open(file: string): Promise<Durations> {
    this.child.stdin?.write(`file:${file}\n`);
    const durations = await this.#durations();
    if (!durations) throw new Error('The process that opens databases has ended.');
    return durations;
  }

  /** For one that is not needed. */
  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#closed;
  }

  async #durations(): Promise<Durations | null> {
    await this.#closed;
    const failure = /failed (.*)/s.exec(this.#said)?.[1];
    if (failure !== undefined) throw new Error(failure.trim());
    const [, migrated, opened] = /opened (\S+) (\S+)/.exec(this.#said) ?? [];
    return migrated && opened ? { migrated: Number(migrated), opened: Number(opened) } : null;
  }
}
