// Runs the steps of the Dockerfile without Docker, in folders that stand for the file systems of its stages, then starts
// what comes out, as another user and with nothing but the image's environment, and talks to it. What it cannot show is
// said: the base image (this machine's Node and tools stand in for it) and the file system's borders.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, posix, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execForm, ignored, parseDockerfile } from './dockerfile.js';

/** The user `node` of the official images. */
const NODE_USER = 1000;
const isRoot = process.getuid?.() === 0;

const root = mkdtempSync(join(tmpdir(), 'dockerfile-'));
chmodSync(root, 0o755);
try {
  const image = build(parseDockerfile(readFileSync('Dockerfile', 'utf8')));
  await use(image);
  console.log('\nThe Dockerfile is proven, but for its base image.');
} finally {
  rmSync(root, { recursive: true, force: true });
}

function build(steps) {
  const outside = ignored(readFileSync('.dockerignore', 'utf8'));
  const stages = new Map();
  let stage;
  for (const { instruction, flags, value } of steps) {
    console.log(
      `\n${instruction} ${Object.keys(flags)
        .map((flag) => `--${flag} `)
        .join('')}${value}`,
    );
    switch (instruction) {
      case 'FROM': {
        const [image, , name = `stage-${stages.size}`] = value.split(/\s+/);
        stage = { folder: join(root, name), directory: '/', environment: {}, user: 'root' };
        mkdirSync(stage.folder);
        stages.set(name, stage);
        console.log(
          `  # stands in for ${image}: Node ${process.versions.node} and the tools of this machine`,
        );
        break;
      }
      case 'WORKDIR':
        stage.directory = value;
        mkdirSync(inside(stage, value), { recursive: true });
        break;
      case 'ENV':
        for (const [, name, text] of value.matchAll(/(\w+)=(\S+)/g)) stage.environment[name] = text;
        break;
      case 'COPY':
        copy(stage, value, flags.from ? stages.get(flags.from) : null, outside);
        break;
      case 'RUN':
        if (/\bapt-get\b/.test(value)) console.log('  # not run: system packages belong to this machine');
        else run(stage, value);
        break;
      case 'USER':
        stage.user = value;
        break;
      case 'HEALTHCHECK':
        stage.health = execForm(value.replace(/^CMD\s+/, ''));
        break;
      case 'CMD':
        stage.command = execForm(value);
        break;
      case 'VOLUME':
      case 'EXPOSE':
        break;
      default:
        throw new Error(`${instruction} is not understood here.`);
    }
  }
  return stage;
}

/** Where a path of the image is on this machine. */
function inside(stage, path) {
  return join(stage.folder, posix.resolve(stage.directory, path));
}

/** Paths of the image in a text (`file:/app/data/chat.db`), as they are on this machine. */
function translated(stage, text) {
  return text.replaceAll(stage.directory, inside(stage, stage.directory));
}

function copy(stage, value, from, outside) {
  const paths = value.split(/\s+/);
  const target = paths.pop();
  for (const path of paths) {
    const source = from ? join(from.folder, path) : path;
    const isFolder = existsSync(join(source, '.'));
    const into = target.endsWith('/') && !isFolder ? join(target, posix.basename(path)) : target;
    const filter = (file) => file === '.' || !outside(relative('.', file));
    cpSync(source, inside(stage, into), {
      recursive: true,
      verbatimSymlinks: true,
      ...(from ? {} : { filter }),
    });
  }
}

function run(stage, value) {
  const command = translated(stage, value).replaceAll('node:node', `${NODE_USER}:${NODE_USER}`);
  if (/\bchown\b/.test(command) && !isRoot) console.log('  # as root only; chown is left out');
  const { status } = spawnSync('/bin/sh', ['-c', isRoot ? command : command.replace(/&& chown [^&]*/, '')], {
    cwd: inside(stage, stage.directory),
    env: { ...process.env, ...stage.environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`It failed with exit code ${status}.`);
}

async function use(image) {
  check(image.user !== 'root', 'it does not run as root');
  for (const tool of ['typescript', 'jest', 'vite']) {
    check(!existsSync(inside(image, `node_modules/${tool}`)), `${tool} is not in it`);
  }
  for (const secret of ['.env', 'src', '.git'])
    check(!existsSync(inside(image, secret)), `${secret} is not in it`);

  const environment = { PATH: process.env.PATH, HOME: '/nonexistent' };
  for (const [name, text] of Object.entries(image.environment)) environment[name] = translated(image, text);
  environment.PORT = String(await freePort());
  const url = `http://127.0.0.1:${environment.PORT}`;
  const options = {
    cwd: inside(image, image.directory),
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...(isRoot ? { uid: NODE_USER, gid: NODE_USER } : {}),
  };

  let server = await start(image, options);
  const answer = await fetch(`${url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chatId: 'proof', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  const events = await answer.text();
  check(events.includes('"type":"content"') && events.includes('"type":"complete"'), 'it streams an answer');
  check(existsSync(inside(image, 'data/chat.db')), 'its database is in the volume');
  await stop(server);

  server = await start(image, options);
  const chat = await (await fetch(`${url}/api/chat/proof`)).json();
  check(chat.messages.length === 2, 'both messages are there after a restart');
  await stop(server);
}

async function start(image, options) {
  const [program, ...words] = image.command;
  const server = spawn(program, words, options);
  const [checker, ...checkWords] = image.health;
  for (let second = 0; second < 30; second += 1) {
    if (server.exitCode !== null) break;
    if (spawnSync(checker, checkWords, { ...options, stdio: 'ignore' }).status === 0) {
      check(true, `it is healthy after ${second} s or so`);
      return server;
    }
    await wait(1_000);
  }
  server.kill('SIGKILL');
  throw new Error('It did not become healthy.');
}

async function stop(server) {
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  const [code] = await exited;
  check(code === 0, 'SIGTERM ends it with exit code 0');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function check(holds, what) {
  if (!holds) throw new Error(`Not so: ${what}.`);
  console.log(`  ok: ${what}`);
}
