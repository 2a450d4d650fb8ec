import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { availableServer } from '../../scripts/survival/server-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A server as its operator starts it, so that it can be killed. It keeps its port over restarts. */
export interface ServerProcess extends AsyncDisposable {
  url: string;
  start(): Promise<void>;
  /** Sends a signal that it survives. */
  signal(name: NodeJS.Signals): void;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export async function serverProcess(environment: Record<string, string>): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;

  const kill = async () => {
    if (!child) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    child = null;
  };
  const start = async () => {
    child = spawn(process.execPath, availableServer(), {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: String(port),
        LOG_LEVEL: 'silent',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { stdout } = child;
    if (!stdout) throw new Error('the server has no output');
    for await (const text of stdout) if (String(text).includes(url)) break;
    await fetch(`${url}/readyz`);
  };
  await start();
  const signal = (name: NodeJS.Signals) => void child?.kill(name);
  return { url, start, signal, kill, [Symbol.asyncDispose]: kill };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
