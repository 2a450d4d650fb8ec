import { createRequire } from 'node:module';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from './config.ts';
import { shortLine } from './log-line.ts';

const REDACTED = '[redacted]';

/** Names whose values are secrets, anywhere in a logged object: headers, and options of clients. */
const SECRET_NAME = /^(proxy-)?authorization$|^(x-)?api[-_]?key$|^(set-)?cookie$/i;

/** API keys of this server, also in a URL or in the middle of a text. Their ids are not secret. */
const API_KEY = /\b(lss_[0-9A-Za-z]{12}_)[0-9A-Za-z]{43}/g;

/** Whether a line has to be parsed; most need not. */
const SUSPICIOUS = /authorization|api[-_]?key|cookie/i;

type LoggerConfig = Pick<Config, 'environment' | 'logging' | 'azure'> & Partial<Pick<Config, 'access'>>;

/**
 * Lines are written in batches of this size, or at this interval in ms: a write for each line wakes a thread, which
 * cost 0.1 ms per run. Pending lines are written when the process exits; `kill -9` loses them.
 */
const BATCH = { minLength: 4096, periodicFlush: 100 };

/**
 * Logs JSON lines to stdout, in development readable ones at a terminal. Keys and tokens are removed from all lines
 * (OPS-1) before `destination` (default: stdout) receives them.
 */
export function createLogger(config: LoggerConfig, destination?: DestinationStream): Logger {
  const options = {
    level: config.logging.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    // pino's own `redact` needs paths; errors of clients contain headers at unknown depths.
    hooks: { streamWrite: scrubber(secretsOf(config)) },
  };
  const readable = config.environment === 'development' && process.stdout.isTTY ? prettyStream() : undefined;
  return pino(options, destination ?? readable ?? pino.destination({ sync: false, ...BATCH }));
}

/** The keys of all configured providers. */
function secretsOf({ azure, access }: LoggerConfig): string[] {
  return [azure, ...Object.values(access ?? {})].flatMap((provider) =>
    provider && 'apiKey' in provider ? (provider.apiKey ?? []) : [],
  );
}

/** Removes the values of secret names, and `secrets` anywhere: in a message, in a list of raw headers. */
function scrubber(secrets: readonly string[]): (line: string) => string {
  const written = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  return (line) => {
    const scrubbed = SUSPICIOUS.test(line) ? `${withoutSecrets(line)}\n` : line;
    const keyless = scrubbed.includes('lss_') ? scrubbed.replaceAll(API_KEY, `$1${REDACTED}`) : scrubbed;
    return shortLine(written.reduce((text, secret) => text.replaceAll(secret, REDACTED), keyless));
  };
}

/** Replaces the values of secret names in JSON, also in strings that are JSON themselves, such as a logged body. */
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

/** Characters that move the cursor, start a new line, or change the text direction. */
const INVISIBLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Escapes these characters, because messages may contain text of requests. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Undefined if pino-pretty, a development dependency, is not installed. */
function prettyStream(): DestinationStream | undefined {
  try {
    const pretty: typeof import('pino-pretty') = createRequire(import.meta.url)('pino-pretty');
    return pretty({
      singleLine: true,
      translateTime: 'SYS:HH:MM:ss.l',
      messageFormat: (log, key) => visible(String(log[key] ?? '')),
    });
  } catch {
    return undefined;
  }
}
