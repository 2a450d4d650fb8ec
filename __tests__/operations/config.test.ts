import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from '@iarna/toml';
import { ConfigError, configFrom, loadConfig, PROVIDERS, variablesOf } from '../../src/config.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'config-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Loads a file of the operator's own. */
function load(toml: string, environment: Record<string, string> = {}) {
  writeFileSync(join(directory, 'own.toml'), toml);
  return loadConfig({ CONFIG_PATH: 'own.toml', ...environment }, directory);
}

/** The sections of a file with keys as in code: `drain_ms` → `drainMs`. */
function inCode(sections: object): object {
  const keys = (section: object) =>
    Object.entries(section).map(([key, value]) => [
      key.replace(/_./g, ([, c = '']) => c.toUpperCase()),
      value,
    ]);
  return Object.fromEntries(
    Object.entries(sections).map(([name, section]) => [name, Object.fromEntries(keys(section))]),
  );
}

/** The sentence that stops the start. */
function mistake(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replace(directory, '…');
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('[CONF-1] the configuration file', () => {
  it('is config/default.toml without CONFIG_PATH', () => {
    const { models, environment, azure, access, oidcSecret, ...settings } = loadConfig({}, directory);
    expect(settings).toEqual(inCode(parse(readFileSync('config/default.toml', 'utf8'))));
    expect(settings).toMatchObject({ server: { port: 3000, drainMs: 10_000 }, openai: { temperature: 0.7 } });
    expect({ environment, azure, oidcSecret }).toEqual({
      environment: 'development',
      azure: null,
      oidcSecret: null,
    });
    expect(new Set(Object.values(access))).toEqual(new Set([null]));
    expect(Object.keys(models)).toContain(settings.openai.model);
  });

  it('takes the defaults for omitted keys', () => {
    const defaults = loadConfig({}, directory);
    const own = load('[chat]\nmax_conversation_pairs = 0\n[openai]\ntemperature = 0');
    expect(own).toEqual({
      ...defaults,
      chat: { ...defaults.chat, maxConversationPairs: 0 },
      openai: { ...defaults.openai, temperature: 0 },
    });
  });

  it.each([
    ['port = "3000"', 'server.port is "3000"; allowed is a whole number from 0 to 65535.'],
    ['port = 65536', 'server.port is 65536; allowed is a whole number from 0 to 65535.'],
    ['port = 30.5', 'server.port is 30.5; allowed is a whole number from 0 to 65535.'],
    ['drain_ms = inf', 'server.drain_ms is Infinity; allowed is a whole number from 0 to 86400000.'],
    ['host = " "', 'server.host is " "; allowed is a host name or address.'],
    [
      'allowed_origins = ["https://a.example", "https://b.example/"]',
      'server.allowed_origins[1] is "https://b.example/"; allowed is an origin such as "https://example.com", with nothing after the host and port.',
    ],
    ['drainMs = 1', 'server.drainMs is not known; allowed are lower_case_names only.'],
    [
      'tls = true',
      'server.tls is not known; allowed is a section of host, port, allowed_origins, public_origin, trusted_proxies, drain_ms, keep_alive_ms.',
    ],
  ])('[server] %s is refused in one plain line', (line, sentence) => {
    expect(mistake(() => load(`[server]\n${line}`))).toBe(`…/own.toml: ${sentence}`);
  });

  it.each([
    [
      '[sever]\nport = 1',
      'sever is not known; allowed is a section of server, auth, jwt, oidc, database, chat,',
    ],
    ['server = 1', 'server is 1; allowed is a section of host,'],
    ['[[server]]', 'server is [{}]; allowed is a section of host,'],
    ['[chat]\nconcurrency = "queue"', 'chat.concurrency is "queue"; allowed is one of reject, interrupt.'],
    ['[logging]\nlog_content = "yes"', 'logging.log_content is "yes"; allowed is true or false.'],
    ['[openai]\ntemperature = 2.1', 'openai.temperature is 2.1; allowed is a number from 0 to 2.'],
    ['[openai]\nmodel = 1979-05-27', 'openai.model is the date 1979-05-27; allowed is the name'],
    ['[chat]\n__proto__ = 1', 'chat.__proto__ is not known;'],
  ])('%j is refused', (toml, sentence) => {
    const message = mistake(() => load(toml));
    expect(message).toContain(`…/own.toml: ${sentence}`);
    expect(message).not.toContain('\n');
  });

  it('that is not TOML is refused with its line', () => {
    expect(mistake(() => load('[server]\nport = 1\nhost = "un\nclosed"'))).toBe(
      '…/own.toml, line 3: this is not TOML: Unterminated string.',
    );
  });

  it('that cannot be read is refused by name', () => {
    expect(mistake(() => loadConfig({ CONFIG_PATH: 'gone.toml' }, directory))).toContain(
      '…/gone.toml cannot be read: ENOENT',
    );
  });

  it('may not contain secrets, and does not print one', () => {
    const message = mistake(() => load('[openai]\napi_key = "sk-secret"'));
    expect(message).toContain('openai.api_key is not known');
    expect(message).not.toContain('sk-secret');
  });
});

describe('[CONF-2] the environment', () => {
  it('overrides the file', () => {
    const config = load('[server]\nport = 1\nhost = "::1"\n[logging]\nlevel = "warn"', {
      PORT: '4000',
      HOST: '0.0.0.0',
      DATABASE_URL: 'file:/tmp/other.db',
      LOG_LEVEL: 'debug',
      NODE_ENV: 'production',
    });
    expect(config.server).toMatchObject({ port: 4000, host: '0.0.0.0' });
    expect(config.database.url).toBe('file:/tmp/other.db');
    expect(config.logging.level).toBe('debug');
    expect(config.environment).toBe('production');
  });

  it('counts an empty variable as absent', () => {
    const config = loadConfig(
      { PORT: '', NODE_ENV: '', AZURE_OPENAI_API_KEY: '', CONFIG_PATH: '' },
      directory,
    );
    expect(config).toEqual(loadConfig({}, directory));
  });

  it('is completed by .env, and overrides it', () => {
    writeFileSync(join(directory, '.env'), '# comment\nPORT=4001\nHOST="0.0.0.0"\nLOG_LEVEL=debug\n');
    const config = loadConfig({ PORT: '4002', LOG_LEVEL: '' }, directory);
    expect(config.server).toMatchObject({ port: 4002, host: '0.0.0.0' });
    expect(config.logging.level).toBe('info');
  });

  describe('[CONF-1] files of editors on Windows', () => {
    const marked = (text: string) => `\uFEFF${text}`;
    const fromDotEnv = (content: string | Buffer) => {
      writeFileSync(join(directory, '.env'), content);
      return loadConfig({}, directory);
    };
    const fromToml = (content: string | Buffer) => {
      writeFileSync(join(directory, 'own.toml'), content);
      return loadConfig({ CONFIG_PATH: 'own.toml' }, directory);
    };

    it('the byte order mark is not part of the first name', () => {
      expect(fromDotEnv(marked('OPENAI_API_KEY=sk-1\r\nPORT=4001\r\n'))).toMatchObject({
        access: { openai: { apiKey: 'sk-1' } },
        server: { port: 4001 },
      });
      expect(fromDotEnv(`PORT=4001\n${marked('HOST=::1')}`).server).toMatchObject({
        port: 4001,
        host: '::1',
      });
      writeFileSync(join(directory, '.env'), '');
      expect(fromToml(marked('[server]\r\nport = 4003\r\n')).server.port).toBe(4003);
    });

    it.each([
      ['UTF-16 with a mark', Buffer.from(marked('PORT = 1'), 'utf16le'), 'is UTF-16; save it as UTF-8.'],
      [
        'big-endian UTF-16',
        Buffer.from(marked('PORT = 1'), 'utf16le').swap16(),
        'is UTF-16; save it as UTF-8.',
      ],
      [
        'UTF-16 without a mark',
        Buffer.from('PORT = 1', 'utf16le'),
        'contains NUL bytes, as files in UTF-16 do;',
      ],
      ['a NUL byte', Buffer.from('PORT = 1\n\0'), 'contains NUL bytes'],
    ])('%s is refused by the name of the file', (_, content, sentence) => {
      expect(mistake(() => fromDotEnv(content))).toContain(`.env ${sentence}`);
      writeFileSync(join(directory, '.env'), '');
      expect(mistake(() => fromToml(content))).toContain(`own.toml ${sentence}`);
    });
  });

  it.each([
    [{ PORT: 'abc' }, 'PORT is "abc"; allowed is a whole number from 0 to 65535.'],
    [{ PORT: '-1' }, 'PORT is "-1"; allowed is a whole number from 0 to 65535.'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud"; allowed is one of trace,'],
    [{ NODE_ENV: 'staging' }, 'NODE_ENV is "staging"; allowed is one of development, production, test.'],
    [{ DATABASE_URL: '../chat.db' }, 'DATABASE_URL is "../chat.db"; allowed is a "file:" URL'],
    [{ DATABASE_URL: 'file::memory:' }, 'DATABASE_URL is "file::memory:"; allowed is a "file:" URL'],
  ])('%j is refused by the name of the variable', (environment, sentence) => {
    expect(mistake(() => load('', environment))).toContain(sentence);
  });

  it.each(['postgresql', 'postgres'])(
    '[STORE-5] refuses a %s: URL by name, without its password',
    (scheme) => {
      const DATABASE_URL = `${scheme}://user:pass@word@db.example/chat?sslpassword=more`;
      const message = mistake(() => load('', { DATABASE_URL }));
      expect(message).toContain(`DATABASE_URL is "${scheme}://`);
      expect(message).toContain('SQLite is the only database so far');
      expect(message).not.toMatch(/pass|word|more/);
    },
  );

  it('is documented in .env.example, variable by variable, in a form that can be copied as it is', () => {
    const example = readFileSync('.env.example', 'utf8');
    const sources = ['.ts', '/environment.ts', '/azure.ts'].map((file) => `src/config${file}`);
    const read = sources.flatMap(
      (file) => readFileSync(file, 'utf8').match(/\b[A-Z]{3,}(_[A-Z]+)*\b/g) ?? [],
    );
    const variables = new Set(
      read.filter((name) => /^(PORT|HOST)$|_(PATH|URL|LEVEL|ENV|KEY)$|^AZURE_/.test(name)),
    );
    expect(variables.size).toBe(11);
    const ofProviders = Object.entries(PROVIDERS).flatMap(([name, entry]) => variablesOf(name, entry));
    expect(ofProviders).toContain('OPENROUTER_BASE_URL');
    for (const variable of [...variables, ...ofProviders]) expect(example).toContain(`${variable}=`);
    writeFileSync(join(directory, '.env'), example);
    expect(loadConfig({}, directory)).toEqual(configFrom());
    writeFileSync(
      join(directory, '.env'),
      example.replace(/^#\s?([A-Z_]+=)/gm, '$1').replace(/^CONFIG_PATH=.*$/m, ''),
    );
    expect(loadConfig({}, directory).azure).not.toBeNull();
  });
});

describe('[PROV-1] Azure credentials', () => {
  const AZURE_OPENAI_ENDPOINT = 'https://example.openai.azure.com/';
  const AZURE_OPENAI_API_KEY = 'key-0123';
  const complete = { AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_KEY };

  it('absent: the simulator', () => {
    expect(loadConfig({}, directory).azure).toBeNull();
  });

  it('need an endpoint and a key', () => {
    expect(loadConfig(complete, directory).azure).toEqual({
      endpoint: 'https://example.openai.azure.com',
      apiKey: 'key-0123',
      deployment: null,
      apiVersion: '2024-10-21',
    });
  });

  it.each(['v1', '2024-09-01-preview', '2024-10-21', '2025-04-01-preview'])(
    '[PROV-1] take a deployment, and the version %s',
    (version) => {
      const environment = {
        ...complete,
        AZURE_OPENAI_DEPLOYMENT_NAME: 'my-gpt',
        AZURE_OPENAI_API_VERSION: version,
      };
      expect(loadConfig(environment, directory).azure).toMatchObject({
        deployment: 'my-gpt',
        apiVersion: version,
      });
    },
  );

  it.each([
    [
      { AZURE_OPENAI_ENDPOINT },
      'AZURE_OPENAI_API_KEY must be set as well, because AZURE_OPENAI_ENDPOINT is set;',
    ],
    [
      { AZURE_OPENAI_DEPLOYMENT_NAME: 'x', AZURE_OPENAI_API_VERSION: 'v1' },
      'AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY must be set as well, because AZURE_OPENAI_DEPLOYMENT_NAME and AZURE_OPENAI_API_VERSION are set;',
    ],
    [{ ...complete, AZURE_OPENAI_ENDPOINT: 'example.com' }, 'AZURE_OPENAI_ENDPOINT is not an address;'],
    [
      { ...complete, AZURE_OPENAI_ENDPOINT: `${AZURE_OPENAI_ENDPOINT}openai/v1/` },
      'AZURE_OPENAI_ENDPOINT must end before "/openai";',
    ],
    [
      { ...complete, AZURE_OPENAI_API_VERSION: 'latest' },
      'AZURE_OPENAI_API_VERSION is "latest"; allowed is v1,',
    ],
    ...['2024-08-01-preview', '2024-06-01', '2023-05-15'].map((version): [Record<string, string>, string] => [
      { ...complete, AZURE_OPENAI_API_VERSION: version },
      `AZURE_OPENAI_API_VERSION is "${version}", which is too old to stream with usage; allowed is v1, or a date from`,
    ]),
    [
      { ...complete, AZURE_OPENAI_API_VERSION: '2024-13-45' },
      'AZURE_OPENAI_API_VERSION is "2024-13-45"; allowed is v1,',
    ],
    [{ ...complete, AZURE_OPENAI_API_KEY: 'key 0123' }, 'AZURE_OPENAI_API_KEY has spaces'],
  ])('%j: one plain sentence, never with the key', (environment, sentence) => {
    const message = mistake(() => loadConfig(environment, directory));
    expect(message).toContain(sentence);
    expect(message).not.toContain('0123');
  });
});

describe('a Config', () => {
  it('cannot be changed', () => {
    const config = loadConfig({}, directory);
    expect(() => Object.assign(config.server, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config, { azure: null })).toThrow(TypeError);
    expect(() => Object.assign(config.server.allowedOrigins, ['https://a.example'])).toThrow(TypeError);
  });

  it('can be made of the defaults and overrides, which are validated too', () => {
    const config = configFrom({ server: { port: 0 }, environment: 'test' });
    expect(config).toEqual({
      ...configFrom(),
      server: { ...configFrom().server, port: 0 },
      environment: 'test',
    });
    expect(mistake(() => configFrom({ retry: { attempts: 0 } }))).toBe(
      'overrides: retry.attempts is 0; allowed is a whole number from 1 to 100.',
    );
  });
});
