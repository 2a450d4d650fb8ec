import { createKeyText } from '../../src/auth/keys/key-text.ts';
import { configFrom } from '../../src/config.ts';
import { createLogger, visible } from '../../src/logger.ts';
import { logPrompt } from '../../src/prompt-log.ts';
import { OWNER } from '../support/store-samples.ts';

const SECRET = 'sk-live-9f8e7d6c5b4a';

const azure = {
  endpoint: 'https://example.openai.azure.com',
  apiKey: SECRET,
  deployment: null,
  apiVersion: 'v1',
};

function recording(config = configFrom({ azure, logging: { level: 'trace' } })) {
  const lines: string[] = [];
  return { lines, logger: createLogger(config, { write: (line) => lines.push(line) }) };
}

describe('[OPS-1] keys and tokens never reach the log', () => {
  const headers = ['Authorization', 'authorization', 'api-key', 'x-api-key', 'Cookie', 'set-cookie'];
  const circular: Record<string, unknown> = { apiKey: SECRET };
  circular.self = circular;

  // Without a known key, so that the name alone has to be enough.
  const unaware = () => recording(configFrom({ logging: { level: 'trace' } }));

  it.each(headers)('a header %s, at any depth', (name) => {
    const { lines, logger } = unaware();
    logger.info({ headers: { [name]: `Bearer ${SECRET}` } });
    logger.info({
      err: Object.assign(new Error('failed'), { request: { a: { b: { headers: { [name]: SECRET } } } } }),
    });
    logger.child({ headers: { [name]: [SECRET, `"],${SECRET}`] } }).info('from a child');
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain(SECRET);
    expect(lines.join('')).toContain('[redacted]');
  });

  it('an apiKey in an object, with quotes in its value, in a circle, or in JSON inside a text', () => {
    const { lines, logger } = unaware();
    logger.info({ client: { options: { apiKey: `"\\${SECRET}"${SECRET}` } } });
    logger.info(circular);
    logger.info({ body: JSON.stringify({ outer: { api_key: `"${SECRET}`, kept: 'yes' } }) });
    logger.info({ body: JSON.stringify(JSON.stringify({ apiKey: SECRET, kept: 'yes' })) });
    expect(lines.join('')).not.toContain(SECRET);
    for (const line of lines) JSON.parse(line);
    expect(lines[2]).toContain('kept');
  });

  it('the configured key in a message, an error, its cause, and raw headers', () => {
    const { lines, logger } = recording();
    logger.error(`Incorrect API key provided: ${SECRET}`);
    logger.error({ err: new Error('outer', { cause: new Error(`with ${SECRET}`) }) });
    logger.error({ rawHeaders: ['api-key', SECRET] });
    logger.error(new Error(SECRET), 'failed with %s', SECRET);
    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toContain(SECRET);
  });

  it('an API key of this server, anywhere; its id is kept', () => {
    const { lines, logger } = unaware();
    const { id, text } = createKeyText();
    logger.info({ url: `/api/chats?key=${text}&x=1`, body: JSON.stringify({ text }) }, `with ${text}.`);
    expect(lines.join('')).not.toContain(text.slice(17));
    expect(lines.join('').split(`lss_${id}_[redacted]`)).toHaveLength(4);
    expect(JSON.parse(lines[0] ?? '').url).toBe(`/api/chats?key=lss_${id}_[redacted]&x=1`);
  });

  it('what stands next to a secret is kept', () => {
    const { lines, logger } = recording();
    logger.info({ headers: { 'api-key': SECRET, accept: 'text/event-stream' }, chatId: 'c1' }, 'sent');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      headers: { 'api-key': '[redacted]', accept: 'text/event-stream' },
      chatId: 'c1',
      msg: 'sent',
    });
  });
});

describe('log lines', () => {
  it.each([
    ['a text', { text: 'é'.repeat(1_000_000) }],
    [
      'a list',
      { details: Array.from({ length: 10_000 }, (_, index) => ({ field: `f${index}`, message: 'x' })) },
    ],
    [
      'an object',
      { headers: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index])) },
    ],
    ['long keys', { body: { ['k'.repeat(100_000)]: 1, ['l'.repeat(100_000)]: 2 } }],
    ['a stack', { err: new Error('x'.repeat(200_000)) }],
    [
      'many fields',
      Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 'v'.repeat(99)])),
    ],
  ])('[LIMIT-2] are at most 16 KB, and JSON, whatever is logged: %s', (_what, what) => {
    const { lines, logger } = recording();
    logger.child({ requestId: 'r1' }).error(what, 'said');
    expect(Buffer.byteLength(lines[0] ?? '')).toBeLessThanOrEqual(16 * 1024);
    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      requestId: 'r1',
      msg: 'said',
      cut: expect.any(Number),
    });
  });

  it('[OPS-1] are free of secrets before they are cut', () => {
    const { lines, logger } = recording();
    const body = JSON.stringify({ padding: 'x'.repeat(900), apiKey: SECRET, more: 'x'.repeat(50_000) });
    logger.error({ body }, 'said');
    expect(lines[0]).not.toContain(SECRET.slice(0, 8));
  });

  it('have an ISO timestamp and a level by name', () => {
    const { lines, logger } = recording();
    logger.warn('look');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
      msg: 'look',
    });
  });

  it('[CONF-1] obey logging.level', () => {
    const { lines, logger } = recording(configFrom({ logging: { level: 'error' } }));
    logger.warn('not this');
    logger.error('this');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['this']);
  });
});

describe('the conversation context', () => {
  const run = {
    runId: 'run1',
    chatId: 'chat1',
    ownerId: OWNER,
    messageId: 'm1',
    provider: 'azure',
    model: 'x',
    protocol: 'native',
    requestId: 'request1',
    promptTokens: 9,
    createdAt: new Date(0),
  };
  const prompt = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'My secret' },
  ] as const;

  it('[OPS-1] is one line at debug level: how many, then index, role and length of each', () => {
    const { lines, logger } = recording();
    logPrompt(logger, false)(run, prompt);
    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toContain('secret');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'debug',
      msg: '[request1] Full conversation context:',
      requestId: 'request1',
      runId: 'run1',
      total_messages: 2,
      messages: [
        { index: 1, role: 'system', length: 8 },
        { index: 2, role: 'user', length: 9 },
      ],
    });
  });

  it('[OPS-1] has the text in separate lines, if configured, and nothing above debug', () => {
    const wanted = recording();
    logPrompt(wanted.logger, true)(run, prompt);
    expect(wanted.lines.map((line) => JSON.parse(line).content)).toEqual([
      undefined,
      'Be kind.',
      'My secret',
    ]);
    const quiet = recording(configFrom({ azure, logging: { level: 'info' } }));
    logPrompt(quiet.logger, true)(run, prompt);
    expect(quiet.lines).toEqual([]);
  });
});

it('[OPS-1] a message for people to read is one line, whatever a client has put into it', () => {
  expect(
    visible('messages.0.\n{"level":"error"}\r\u001b[31m\u009b2J\u007f\u202egnp\u2066\u2028: é 漢 😀'),
  ).toBe(
    'messages.0.\\u000a{"level":"error"}\\u000d\\u001b[31m\\u009b2J\\u007f\\u202egnp\\u2066\\u2028: é 漢 😀',
  );
});
