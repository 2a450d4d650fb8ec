import { configFrom } from '../src/config.ts';
import { createLogger } from '../src/logger.ts';

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
