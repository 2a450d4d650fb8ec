import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { execForm, type Step } from './dockerfile.ts';

/** The user `node` of the official images. */
export const NODE_USER = 1000;

export const isRoot = process.getuid?.() === 0;

/** One stage of a Dockerfile, with a folder of this machine for its file system. */
export class Stage {
  readonly environment: Record<string, string> = {};
  user = 'root';
  health: string[] = [];
  command: string[] = [];
  #directory = '/';

  constructor(private readonly folder: string) {
    mkdirSync(folder);
  }

  get directory(): string {
    return this.inside('.');
  }

  /** Where a path of the image is on this machine. */
  inside(path: string): string {
    return join(this.folder, posix.resolve(this.#directory, path));
  }

  /** Paths of the image in a text (`file:/app/data/chat.db`), as they are on this machine. */
  translated(text: string): string {
    return this.#directory === '/' ? text : text.replaceAll(this.#directory, this.directory);
  }

  /** `from`: the stage that --from names, or null for the context. `outside`: what is not in the context. */
  take({ instruction, value }: Step, from: Stage | null, outside: (path: string) => boolean): void {
    switch (instruction) {
      case 'WORKDIR':
        this.#directory = value;
        mkdirSync(this.directory, { recursive: true });
        break;
      case 'ENV':
        for (const [, name = '', text = ''] of value.matchAll(/(\w+)=(\S+)/g)) this.environment[name] = text;
        break;
      case 'COPY':
        this.#copy(value.split(/\s+/), from, outside);
        break;
      case 'RUN':
        this.#run(value);
        break;
      case 'USER':
        this.user = value;
        break;
      case 'HEALTHCHECK':
        this.health = execForm(value.replace(/^CMD\s+/, ''));
        break;
      case 'CMD':
        this.command = execForm(value);
        break;
      case 'VOLUME':
      case 'EXPOSE':
        break;
      default:
        throw new Error(`${instruction} is not understood here.`);
    }
  }

  #copy(paths: string[], from: Stage | null, outside: (path: string) => boolean): void {
    const target = paths.pop() ?? '.';
    for (const path of paths) {
      const source = from ? join(from.folder, path) : path;
      const into = statSync(source).isDirectory() ? target : posix.join(target, posix.basename(path));
      const filter = (file: string) => from !== null || !outside(relative('.', file));
      cpSync(source, this.inside(into), { recursive: true, verbatimSymlinks: true, filter });
    }
  }

  #run(value: string): void {
    if (/\bapt-get\b/.test(value)) {
      console.log('  # not run: system packages belong to this machine');
      return;
    }
    const command = this.translated(value).replaceAll('node:node', `${NODE_USER}:${NODE_USER}`);
    const { status } = spawnSync(
      '/bin/sh',
      ['-c', isRoot ? command : command.replace(/&& chown [^&]*/, '')],
      {
        cwd: this.directory,
        env: { ...process.env, ...this.environment },
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    if (status !== 0) throw new Error(`It failed with exit code ${status}.`);
  }
}
