import { type Config, ConfigError, loadConfig } from './config.ts';
import { StorageError } from './errors.ts';
import { ListenError } from './http/server/listen.ts';
import { startServer } from './server.ts';
import { DatabaseError } from './store/opening/database-error.ts';

/** Log levels at which the server logs `listening` itself. */
const LEVELS_THAT_SAY_IT: ReadonlySet<string> = new Set(['trace', 'debug', 'info']);

/** Starts the server of the environment's configuration, until a signal or an error ends the process. */
export async function serve(): Promise<void> {
  try {
    const config = loadConfig();
    const server = await startServer(config);

    let stopping = false;
    const stop = async () => {
      // A second signal ends the process at once.
      if (stopping) process.exit(1);
      stopping = true;
      await server.drain();
      await server[Symbol.asyncDispose]();
      process.exit(0);
    };
    process.on('SIGTERM', () => void stop());
    process.on('SIGINT', () => void stop());

    // Printed after the signal handlers are set: a reader of this line may send a signal at once.
    if (config.environment !== 'production')
      console.log(welcome(server.url, config, server.simulatorUrl !== null));
    // In production stdout has only JSON lines. One of them has the address, at any log level.
    else if (!LEVELS_THAT_SAY_IT.has(config.logging.level)) console.log(listeningAt(server.url));
  } catch (error) {
    // Errors that the operator can fix, with a sufficient message. A StorageError: writes to the disk fail.
    const expected =
      error instanceof ConfigError ||
      error instanceof DatabaseError ||
      error instanceof ListenError ||
      error instanceof StorageError;
    console.error(expected ? error.message : error);
    process.exit(1);
  }
}

function listeningAt(url: string): string {
  return JSON.stringify({ level: 'info', time: new Date().toISOString(), url, msg: 'listening' });
}

function welcome(url: string, { auth, server }: Config, simulated: boolean): string {
  const answers = simulated
    ? 'the built-in simulator (no credentials are configured)'
    : 'the configured provider';
  const head = `
LLM Streaming Service on ${url}; answers come from ${answers}.
`;
  // Programs need another credential than a user at an identity provider.
  if (auth.methods.join() === 'oidc') return `${head}Sign in with a browser: ${server.publicOrigin}\n`;
  const makeKey = auth.methods.includes('keys') ? '  KEY=$(make --silent key NAME=me)\n' : '';
  const credential = auth.methods.length > 0 ? '-H "Authorization: Bearer $KEY" ' : '';
  return `${head}Try it in another terminal:

${makeKey}  curl -N ${url}/api/chat ${credential}-H 'Content-Type: application/json' \\
    -d '{"messages":[{"role":"user","content":"What are you?"}]}'
`;
}
