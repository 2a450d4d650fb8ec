// Runs the steps of the Dockerfile without Docker, in folders that stand for the file systems of its stages, then starts
// what comes out, as another user and with nothing but the image's environment, and talks to it. What it cannot show is
// said: the base image, for which this machine's Node and tools stand in, and the borders of a container.
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ignored, parseDockerfile, type Step } from './dockerfile.ts';
import { isRoot, NODE_USER, Stage } from './stage.ts';

/** As the health check of the Dockerfile, about. */
const START_SECONDS = 30;

const root = mkdtempSync(join(tmpdir(), 'dockerfile-'));
chmodSync(root, 0o755);
try {
  await use(build(parseDockerfile(readFileSync('Dockerfile', 'utf8'))));
  console.log('\nThe Dockerfile is proven, but for its base image.');
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** The last stage, which is the image. */
function build(steps: Step[]): Stage {
  const outside = ignored(readFileSync('.dockerignore', 'utf8'));
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const step of steps) {
    const from = step.flags.get('from');
    console.log(`\n${step.instruction} ${from ? `--from=${from} ` : ''}${step.value}`);
    if (step.instruction === 'FROM') {
      const [base, , name = `stage-${stages.size}`] = step.value.split(/\s+/);
      stage = new Stage(join(root, name));
      stages.set(name, stage);
      console.log(`  # for ${base} stand Node ${process.versions.node} and the tools of this machine`);
    } else {
      stage?.take(step, (from && stages.get(from)) || null, outside);
    }
  }
  if (!stage) throw new Error('There is no FROM in the Dockerfile.');
  return stage;
}

async function use(image: Stage): Promise<void> {
  check(image.user !== 'root', 'it does not run as root');
  for (const tool of ['typescript', 'jest', 'vite', 'prisma']) {
    check(!existsSync(image.inside(`node_modules/${tool}`)), `${tool} is not in it`);
  }
  for (const path of ['.env', '.git', 'src']) check(!existsSync(image.inside(path)), `${path} is not in it`);

  const port = await freePort();
  const environment = Object.entries(image.environment).map(([name, text]) => [name, image.translated(text)]);
  const options: SpawnOptions = {
    cwd: image.directory,
    env: { PATH: process.env.PATH, ...Object.fromEntries(environment), PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit'],
    ...(isRoot ? { uid: NODE_USER, gid: NODE_USER } : {}),
  };
  const url = `http://127.0.0.1:${port}`;

  const first = await start(image, options);
  const answer = await fetch(`${url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chatId: 'proof', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  check((await answer.text()).includes('"type":"complete"'), 'it streams an answer to its end');
  check(existsSync(image.inside('data/chat.db')), 'its database is in the volume');
  await stop(first);

  const second = await start(image, options);
  const chat = await (await fetch(`${url}/api/chat/proof`)).json();
  check(chat.messages.length === 2, 'both messages are there after a restart');
  await stop(second);
}

/** Resolves when its health check passes. */
async function start({ command, health }: Stage, options: SpawnOptions): Promise<ChildProcess> {
  const [program = '', ...words] = command;
  const [checker = '', ...checks] = health;
  const server = spawn(program, words, options);
  for (let second = 0; second < START_SECONDS && server.exitCode === null; second += 1) {
    await wait(1_000);
    if (spawnSync(checker, checks, { ...options, stdio: 'ignore' }).status !== 0) continue;
    check(true, 'it is healthy');
    return server;
  }
  server.kill('SIGKILL');
  throw new Error('It did not become healthy.');
}

async function stop(server: ChildProcess): Promise<void> {
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  const [code] = await exited;
  check(code === 0, 'SIGTERM ends it with exit code 0');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Not so: ${what}.`);
  console.log(`  ok: ${what}`);
}
