import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The server as an operator starts it. */
export const BUILT = ['dist/main.js'];

/** The same from the sources: slower to start, but it needs no build. */
const SOURCES = ['--import', 'tsx', 'src/main.ts'];

/** The build if there is one, else the sources. */
export function availableServer(): readonly string[] {
  return existsSync(join(ROOT, 'dist/main.js')) ? BUILT : SOURCES;
}

export interface ProcessOptions {
  /** Arguments of Node. */
  command: readonly string[];
  /** Path of the SQLite file. */
  databaseFile: string;
  /** Where the simulated Azure listens. */
  simulatorUrl: string;
  /** More variables, as CONFIG_PATH. */
  environment?: Record<string, string>;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The error of a server that did not start, with its output. */
export class StartError extends Error {
  constructor(
    readonly exit: Exit,
    readonly output: string,
  ) {
    super(`the server ended while it started (code ${exit.code}, signal ${exit.signal}): ${output}`);
  }
}

/** A server in a separate process that can be killed. */
export class ServerProcess implements AsyncDisposable {
  readonly exited: Promise<Exit>;
  #url = '';
  #output = '';

  private constructor(readonly child: ChildProcess) {
    const end = () => child.kill('SIGKILL');
    // Killed with the parent process.
    process.once('exit', end);
    this.exited = once(child, 'exit').then(([code, signal]) => {
      process.off('exit', end);
      return { code, signal };
    });
    child.stderr?.on('data', (text) => {
      this.#output += text;
    });
  }

  /** Begins to start; `ready` says when it listens. */
  static spawn({ command, databaseFile, simulatorUrl, environment }: ProcessOptions): ServerProcess {
    const child = spawn(process.execPath, [...command], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NODE_ENV: 'production',
        PORT: '0',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'silent',
        DATABASE_URL: `file:${databaseFile}`,
        AZURE_OPENAI_ENDPOINT: simulatorUrl,
        AZURE_OPENAI_API_KEY: 'test-key',
        AZURE_OPENAI_DEPLOYMENT_NAME: 'test-deployment',
        ...environment,
      },
    });
    return new ServerProcess(child);
  }

  /** Throws StartError when the server ended instead. */
  static async start(options: ProcessOptions): Promise<ServerProcess> {
    const server = ServerProcess.spawn(options);
    await server.ready();
    return server;
  }

  get url(): string {
    return this.#url;
  }

  /** What it has written to stderr so far. */
  get errorOutput(): string {
    return this.#output;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves when it listens. Throws StartError. */
  async ready(): Promise<void> {
    const listening = new Promise<string>((resolve) => {
      let said = '';
      this.child.stdout?.on('data', (text) => {
        said += text;
        const url = /http:\/\/[\d.]+:\d+/.exec(said)?.[0];
        if (url !== undefined) resolve(url);
      });
    });
    const first = await Promise.race([listening, this.exited]);
    if (typeof first !== 'string') throw new StartError(first, this.#output);
    this.#url = first;
  }

  /** Sends the signal; does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** SIGKILL: what a crash, the OOM killer or a power cut is to a process. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
  }
}
