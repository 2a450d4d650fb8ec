// Runs the image with the variables of .env. Docker's own --env-file keeps quotes as part of values, and does not mount
// files: so .env is read as the server reads it, and the settings file that it names is mounted.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';

const [image = 'llm-streaming-service', port = '3000'] = process.argv.slice(2);
const { CONFIG_PATH: settings = '', ...variables } = existsSync('.env')
  ? parseEnv(readFileSync('.env', 'utf8').replace(/^\uFEFF/, ''))
  : {};
if (settings !== '' && !existsSync(settings)) {
  console.error(`CONFIG_PATH in .env names ${settings}, which is not there.`);
  process.exit(1);
}

// The address and database in .env are those of this machine, not of the container.
const inside = {
  HOST: '0.0.0.0',
  PORT: '3000',
  DATABASE_URL: 'file:/app/data/chat.db',
  NODE_ENV: 'production',
  // Published on this machine only. AUTH_METHODS of .env counts all the same.
  AUTH_OPEN: '1',
  ...(settings === '' ? {} : { CONFIG_PATH: '/app/settings.toml' }),
};
const environment = { ...variables, ...inside };

// The server drains for server.drain_ms (10 s) when it is stopped; Docker must wait longer than that.
const options = [
  ...['--rm', '--init', '--stop-timeout', '20', '--publish', `127.0.0.1:${port}:3000`],
  ...['--volume', 'llm-streaming-data:/app/data'],
  ...(settings === '' ? [] : ['--volume', `${resolve(settings)}:${inside.CONFIG_PATH}:ro`]),
  // Names only: Docker takes the values from its own environment, so that process lists do not show keys.
  ...Object.keys(environment).flatMap((name) => ['--env', name]),
];
const docker = spawn('docker', ['run', ...options, image], {
  stdio: 'inherit',
  env: { ...process.env, ...environment },
});
docker.on('error', ({ message }) => {
  console.error(`Docker cannot be started: ${message}`);
  process.exitCode = 1;
});
docker.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
// Ctrl+C reaches Docker as well, which lets the server finish; this process waits for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => docker.kill(signal));
