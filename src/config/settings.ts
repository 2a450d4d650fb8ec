import proxyAddr from 'proxy-addr';
import { z } from 'zod';
import { models } from './catalogue.ts';
import { jwt } from './jwt.ts';
import { oidc } from './oidc.ts';
import { PROVIDER_NAMES } from './providers.ts';
import { snakeCase } from './table.ts';

// Every message says what is allowed; `validated` in layers.ts adds where and what was found.

const DAY_MS = 24 * 60 * 60 * 1000;
/** Longer strings would come too close to V8's limit. */
const MAX_CHARS = 2 ** 28;
/** The maximum size of an SQLite file, which a number represents exactly. */
const MAX_BYTES = 2 ** 48;
/** A column of this size is a whole number for all drivers. */
const MAX_FILE_BYTES = 2 ** 30;

const whole = (min: number, max: number, remark = '') => {
  const error = `a whole number from ${min} to ${max}${remark}`;
  return z.int(error).min(min, error).max(max, error);
};

const milliseconds = (min: number, remark = '') => whole(min, DAY_MS, remark);

const number = (min: number, max: number) => {
  const error = `a number from ${min} to ${max}`;
  return z.number(error).min(min, error).max(max, error);
};

const text = z.string('a text');

const name = (error: string) => z.string(error).trim().min(1, error);

const flag = z.boolean('true or false');

const oneOf = <const Value extends string>(values: readonly Value[]) =>
  z.enum(values, `one of ${values.join(', ')}`);

const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, `a section of ${Object.keys(shape).map(snakeCase).join(', ')}`).readonly();

const origin = z
  .string('an origin such as "https://example.com"')
  .refine(isOrigin, 'an origin such as "https://example.com", with nothing after the host and port');

const proxy = z
  .string('an address or a network')
  .refine(isProxy, 'an address, a network such as "10.0.0.0/8", or loopback, linklocal, uniquelocal');

const databaseUrl = z
  .string('a "file:" URL')
  // `:memory:` has no place for the lock file against a second server, and parameters are not supported.
  .regex(
    /^file:(?!:memory:)[^?#]+$/,
    'a "file:" URL without parameters, as SQLite is the only database so far',
  );

const AUTH_METHODS = ['keys', 'jwt', 'oidc'] as const;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const ENVIRONMENTS = ['development', 'production', 'test'] as const;

/**
 * The contents of a configuration file, with names as in code: `drainMs` here is `drain_ms` in the file.
 * config/default.toml has the defaults with explanations.
 */
export const settings = section({
  server: section({
    host: name('a host name or address'),
    port: whole(0, 65535),
    allowedOrigins: z.array(origin, 'a list of origins').readonly(),
    publicOrigin: z.union([z.literal(''), origin]),
    trustedProxies: z.array(proxy, 'a list of addresses and networks').readonly(),
    drainMs: milliseconds(0),
    keepAliveMs: milliseconds(1000),
  }),
  auth: section({
    methods: z.array(oneOf(AUTH_METHODS), `a list of ${AUTH_METHODS.join(', ')}`).readonly(),
    open: flag,
    sessionH: whole(2, 8_760),
  }),
  jwt,
  oidc,
  database: section({ url: databaseUrl }),
  chat: section({
    maxConversationPairs: whole(0, 10_000),
    maxContextTokens: whole(1, 100_000_000),
    defaultSystemPrompt: text,
    concurrency: oneOf(['reject', 'interrupt']),
  }),
  stream: section({
    onDisconnect: oneOf(['continue', 'cancel']),
    heartbeatMs: milliseconds(1),
    checkpointMs: milliseconds(1),
    progressEvery: whole(1, 1_000_000),
    firstTokenTimeoutMs: milliseconds(1),
    idleTimeoutMs: milliseconds(1),
    totalTimeoutMs: milliseconds(0, ' (0 is off)'),
  }),
  retry: section({
    attempts: whole(1, 100),
    baseMs: milliseconds(0),
    capMs: milliseconds(0),
  }),
  limits: section({
    headBytes: whole(4096, 16 * 1024 * 1024),
    bodyBytes: whole(1, MAX_CHARS),
    messagesPerRequest: whole(1, 1_000_000),
    messageChars: whole(1, MAX_CHARS),
    answerChars: whole(1, MAX_CHARS),
    liveRuns: whole(1, 1_000_000),
    liveRunsPerUser: whole(1, 1_000_000),
    databaseBytes: whole(0, MAX_BYTES, ' (0 is off)'),
  }),
  files: section({
    bytes: whole(1, MAX_FILE_BYTES),
    bytesPerUser: whole(1, MAX_BYTES),
    unusedH: whole(1, 8_760),
  }),
  openai: section({
    model: name('the name of a model'),
    temperature: number(0, 2),
    maxOutputTokens: whole(0, 10_000_000, ' (0 leaves it to the model)'),
  }),
  providers: section({
    required: z.array(oneOf(PROVIDER_NAMES), 'a list of providers').readonly(),
  }),
  models,
  mirror: section({
    maxMessages: whole(1, 100_000),
    flushMs: milliseconds(1),
    keepOpsH: whole(1, 8_760),
    viewersPerAddress: whole(0, 5_000, ' (0 is no bound of its own)'),
  }),
  workspaces: section({
    maxFiles: whole(1, 10_000),
    fileChars: whole(1, 16 * 1024 * 1024),
    totalChars: whole(1, 64 * 1024 * 1024),
    opChars: whole(1, 4 * 1024 * 1024),
    onFailure: oneOf(['keep', 'rollback']),
  }),
  logging: section({ level: oneOf(LOG_LEVELS), logContent: flag }),
});

/** The sections of the configuration file. */
export type Settings = z.infer<typeof settings>;

function isProxy(value: string): boolean {
  try {
    proxyAddr.compile(value);
    return true;
  } catch {
    return false;
  }
}

function isOrigin(value: string): boolean {
  return /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value;
}
