import { createRequire } from 'node:module';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from './config.ts';

const REDACTED = '[redacted]';

/** Names whose values are secrets, wherever in a logged object they stand: headers, and options of clients. */
const SECRET_NAME = /^(proxy-)?authorization$|^(x-)?api[-_]?key$|^(set-)?cookie$/i;

/** Whether a line has to be looked at more closely; most do not. */
const SUSPICIOUS = /authorization|api[-_]?key|cookie/i;

type LoggerConfig = Pick<Config, 'environment' | 'logging' | 'azure'> & Partial<Pick<Config, 'access'>>;

/**
 * Lines leave together, this much at once or this often: each write by itself wakes a thread, which cost a run 0.1 ms. What
 * waits is written when the process exits; after `kill -9` the last moment is missing.
 */
const BATCH = { minLength: 4096, periodicFlush: 100 };

/**
 * JSON lines on stdout, for people at a terminal in development in a form to read. Keys and tokens never get there
 * (OPS-1): `destination` (default: stdout) receives lines from which they were taken out.
 */
export function createLogger(config: LoggerConfig, destination?: DestinationStream): Logger {
  const options = {
    level: config.logging.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    // pino's own `redact` takes paths; an error of a client carries headers at depths that nobody can list.
    hooks: { streamWrite: scrubber(secretsOf(config)) },
  };
  const readable = config.environment === 'development' && process.stdout.isTTY ? prettyStream() : undefined;
  return pino(options, destination ?? readable ?? pino.destination({ sync: false, ...BATCH }));
}

function secretsOf({ azure, access }: LoggerConfig): string[] {
  const { openai, openrouter, anthropic, gemini } = access ?? {};
  return [azure, openai, openrouter, anthropic, gemini].flatMap((keyed) => keyed?.apiKey ?? []);
}

/** Takes out the values of secret names, and `secrets` wherever they stand: in a message, in a list of raw headers. */
function scrubber(secrets: readonly string[]): (line: string) => string {
  const written = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  return (line) => {
    const scrubbed = SUSPICIOUS.test(line) ? `${withoutSecrets(line)}\n` : line;
    return written.reduce((text, secret) => text.replaceAll(secret, REDACTED), scrubbed);
  };
}

/** JSON with the values of secret names replaced, also in texts that are JSON themselves, as a logged body may be. */
function withoutSecrets(json: string): string {
  const value: unknown = JSON.parse(json, (name, value: unknown) => {
    if (SECRET_NAME.test(name)) return REDACTED;
    return typeof value === 'string' && SUSPICIOUS.test(value) && isJson(value)
      ? withoutSecrets(value)
      : value;
  });
  return JSON.stringify(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Undefined where pino-pretty is not installed: it is a development dependency. */
function prettyStream(): DestinationStream | undefined {
  try {
    const pretty: typeof import('pino-pretty') = createRequire(import.meta.url)('pino-pretty');
    return pretty({ singleLine: true, translateTime: 'SYS:HH:MM:ss.l' });
  } catch {
    return undefined;
  }
}
