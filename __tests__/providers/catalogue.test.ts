import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { ConfigError, configFrom, loadConfig } from '../../src/config.ts';
import { anthropic } from '../../src/providers/anthropic.ts';
import { Catalogue } from '../../src/providers/catalogue.ts';
import { allEvents, ask, terminalOf, textOf } from '../support/events.ts';
import { anthropicWire } from '../support/fake-anthropic.ts';
import { openaiWire } from '../support/fake-openai.ts';
import { type FakeProvider, startFake } from '../support/fake-provider.ts';
import { type Service, startService } from '../support/service.ts';

interface Card {
  id: string;
  provider: string;
  default: boolean;
  contextWindow: number | null;
  prices: { input: number | null; output: number | null };
  supports: Record<string, boolean>;
  defaults: Record<string, unknown>;
}

const cardsOf = async (url: string): Promise<Card[]> => {
  const response = await fetch(`${url}/api/models`);
  const { models } = (await response.json()) as { models: Card[] };
  return models;
};

describe('a model is chosen by its name', () => {
  let openai: FakeProvider;
  let claude: FakeProvider;
  let service: Service;
  beforeAll(async () => {
    openai = await startFake(openaiWire());
    claude = await startFake(anthropicWire);
    openai.reply = { content: ['from', ' OpenAI'] };
    claude.reply = { reasoning: ['Hm.'], content: ['from', ' Claude'] };
    service = await startService({
      azure: null,
      config: {
        access: {
          openai: { apiKey: 'sk-openai', baseUrl: openai.url },
          anthropic: { apiKey: 'sk-claude', baseUrl: claude.url },
        },
      },
    });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await openai[Symbol.asyncDispose]();
    await claude[Symbol.asyncDispose]();
  });
  const counts = () => [
    openai.requests.length,
    claude.requests.length,
    service.query('SELECT id FROM Run').length,
  ];
  const refusal = async (more: Record<string, unknown>) => {
    const before = counts();
    const response = await ask(service.url, 'Hi', more);
    expect(response.status).toBe(400);
    expect(counts()).toEqual(before);
    const body = (await response.json()) as { error: { message: string; details: Array<{ field: string }> } };
    return body.error;
  };

  it('[PROV-2] the name selects the provider; events and database name the model that answered', async () => {
    const events = await allEvents(ask(service.url, 'Hi', { model: 'claude-sonnet-5-5', chatId: 'claude' }));
    expect(events[0]).toMatchObject({ model: 'claude-sonnet-5-5', provider: 'anthropic' });
    expect(textOf(events)).toBe('from Claude');
    expect(events).toContainEqual(expect.objectContaining({ type: 'reasoning', content: 'Hm.' }));
    expect(terminalOf(events)).toMatchObject({ type: 'complete', usage: { estimated: false } });
    expect(service.query('SELECT provider, model FROM Run WHERE chatId = ?', 'claude')).toEqual([
      { provider: 'anthropic', model: 'claude-sonnet-5-5' },
    ]);
    expect(service.query('SELECT content, reasoning FROM Message WHERE role = ?', 'assistant')).toEqual([
      { content: 'from Claude', reasoning: 'Hm.' },
    ]);
  });

  it('[CHAT-2] reasoning is not part of later prompts, for any model', async () => {
    await allEvents(ask(service.url, 'Hi', { model: 'claude-opus-5-5', chatId: 'mixed' }));
    await allEvents(ask(service.url, 'And you?', { model: 'gpt-4o', chatId: 'mixed' }));
    expect(openai.requests.at(-1)?.body.messages).toEqual([
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'from Claude' },
      { role: 'user', content: 'And you?' },
    ]);
  });

  it('without a name it is openai.model', async () => {
    expect((await allEvents(ask(service.url, 'Hi')))[0]).toMatchObject({
      model: 'gpt-4o-mini',
      provider: 'openai',
    });
  });

  it.each(['gpt-99', 'gemini-3.8-flash'])(
    '[PROV-2] %s is refused with a list of what there is',
    async (model) => {
      const { message, details } = await refusal({ model });
      expect(details).toMatchObject([{ field: 'model' }]);
      expect(message).toContain(`"${model}" is not available`);
      expect(message).toContain('claude-haiku-5-5');
      expect(message).not.toContain('gpt-oss');
    },
  );

  it('[PROV-3] GET /api/models lists the available models, the default first', async () => {
    const cards = await cardsOf(service.url);
    expect(cards[0]).toEqual({
      id: 'gpt-4o-mini',
      provider: 'openai',
      default: true,
      contextWindow: 128_000,
      maxOutputTokens: 16_384,
      strengths: expect.any(Array),
      supports: { streaming: true, structuredOutput: true, reasoning: false, temperature: true, stop: true },
      defaults: { temperature: 0.7 },
      prices: { input: 0.15, output: 0.6 },
      fallbacks: [],
    });
    expect(new Set(cards.map(({ provider }) => provider))).toEqual(new Set(['openai', 'anthropic']));
    expect(cards.filter((card) => card.default)).toHaveLength(1);
  });

  it('[RUN-9] GET /api/models has the timeouts', async () => {
    const response = await fetch(`${service.url}/api/models`);
    expect(await response.json()).toMatchObject({
      timeouts: { firstTokenMs: 30_000, idleMs: 30_000, totalMs: 600_000 },
    });
  });

  it.each([
    ['claude-sonnet-5-5', { temperature: 0.2 }, ['options.temperature']],
    [
      'gpt-6-luna',
      { temperature: 0, topP: 0.5, stop: ['END'] },
      ['options.temperature', 'options.topP', 'options.stop'],
    ],
  ])('[PROV-3] %s refuses %j by name, before anything is stored', async (model, options, fields) => {
    const { details, message } = await refusal({ model, options });
    expect(details.map(({ field }) => field)).toEqual(fields);
    expect(message).toContain(`${model} does not take it`);
  });

  it('[PROV-3] a temperature of 1 is accepted by a model without temperature', async () => {
    await allEvents(ask(service.url, 'Hi', { model: 'gpt-6-luna', options: { temperature: 1 } }));
    expect(openai.requests.at(-1)?.body).not.toHaveProperty('temperature');
  });

  it('[PROV-3] an answer is limited to what the model can write, and always for Claude', async () => {
    await allEvents(ask(service.url, 'Hi', { model: 'gpt-4o', options: { maxOutputTokens: 1_000_000 } }));
    expect(openai.requests.at(-1)?.body.max_completion_tokens).toBe(16_384);
    await allEvents(ask(service.url, 'Hi', { model: 'gpt-4o' }));
    expect(openai.requests.at(-1)?.body).not.toHaveProperty('max_completion_tokens');
    await allEvents(ask(service.url, 'Hi', { model: 'claude-haiku-4-5' }));
    expect(claude.requests.at(-1)?.body.max_tokens).toBe(64_000);
  });

  it('[PROV-3] defaults are those of the model, and temperature 0 is a value', async () => {
    await allEvents(ask(service.url, 'Hi', { model: 'gpt-4o' }));
    expect(openai.requests.at(-1)?.body.temperature).toBe(0.7);
    await allEvents(ask(service.url, 'Hi', { model: 'gpt-4o', options: { temperature: 0 } }));
    expect(openai.requests.at(-1)?.body.temperature).toBe(0);
    await allEvents(ask(service.url, 'Hi', { model: 'claude-opus-5-5' }));
    expect(claude.requests.at(-1)?.body).toMatchObject({ output_config: { effort: 'medium' } });
  });

  it('[CHAT-6] the context window bounds the prompt, less the requested length of the answer', async () => {
    await using small = await startService({
      azure: null,
      config: {
        chat: { defaultSystemPrompt: '' },
        access: { openai: { apiKey: 'sk-openai', baseUrl: openai.url } },
        models: { 'gpt-4o': { ...model, contextWindow: 60, maxOutputTokens: 30 } },
      },
    });
    const long = 'word '.repeat(40);
    const fits = await ask(small.url, long, { model: 'gpt-4o' });
    expect(terminalOf(await allEvents(fits)).type).toBe('complete');
    const refused = await ask(small.url, long, { model: 'gpt-4o', options: { maxOutputTokens: 30 } });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: 'context_length_exceeded' } });
  });

  it('[PROV-4] a model that cannot stream answers in one content event', async () => {
    await using whole = await startService({
      azure: null,
      config: {
        access: { openai: { apiKey: 'sk-openai', baseUrl: openai.url } },
        models: { 'gpt-4o': { ...model, supports: { ...model.supports, streaming: false } } },
      },
    });
    const events = await allEvents(ask(whole.url, 'Hi', { model: 'gpt-4o' }));
    expect(events.filter(({ type }) => type === 'content')).toMatchObject([{ content: 'from OpenAI' }]);
    expect(terminalOf(events)).toMatchObject({
      type: 'complete',
      totalChunks: 1,
      usage: { estimated: false },
    });
    expect(openai.requests.at(-1)?.body).not.toHaveProperty('stream');
  });
});

const model = {
  enabled: true,
  provider: 'openai' as const,
  name: null,
  contextWindow: null,
  maxOutputTokens: null,
  strengths: [],
  supports: { streaming: true, structuredOutput: true, reasoning: false, temperature: true, stop: true },
  defaults: {},
  prices: { input: null, output: null },
  fallbacks: [],
};

describe('available models', () => {
  it("[PROV-1] Azure's deployment is the default, beside models of other providers", async () => {
    await using fake = await startFake(openaiWire());
    fake.reply = { content: ['hers'] };
    await using service = await startService({
      config: { access: { openai: { apiKey: 'sk-openai', baseUrl: fake.url } } },
    });
    const [first, ...others] = await cardsOf(service.url);
    expect(first).toMatchObject({ id: 'test-deployment', provider: 'azure', default: true });
    expect(others.map(({ id }) => id)).toContain('gpt-4o');
    expect(textOf(await allEvents(ask(service.url, 'Hi')))).toBe('Hello there');
    expect(textOf(await allEvents(ask(service.url, 'Hi', { model: 'gpt-4o' })))).toBe('hers');
  });

  it('[PROV-9] without any provider the simulator answers for every model, under its own name', async () => {
    await using service = await startService({ azure: null });
    const cards = await cardsOf(service.url);
    expect(cards.length).toBeGreaterThan(15);
    expect(cards.every(({ provider, prices }) => provider === 'simulator' && prices.input === null)).toBe(
      true,
    );
    const events = await allEvents(
      ask(service.url, '[[simulate: delay_ms=0]]', { model: 'claude-haiku-5-5' }),
    );
    expect(events[0]).toMatchObject({ provider: 'simulator', model: 'claude-haiku-5-5' });
    expect(textOf(events)).toMatch(/simulat/i);
  });

  it('[PROV-2] any single provider is sufficient', async () => {
    await using fake = await startFake(anthropicWire);
    fake.reply = { content: ['Claude'] };
    await using service = await startService({
      azure: null,
      config: { access: { anthropic: { apiKey: 'sk-claude', baseUrl: fake.url } } },
    });
    expect((await allEvents(ask(service.url, 'Hi')))[0]).toMatchObject({ provider: 'anthropic' });
  });

  it('[CONF-1] a default model without provider stops the start with one sentence', () => {
    const config = configFrom({ openai: { ...configFrom().openai, model: 'gpt-99' } });
    const claude = anthropic({ apiKey: 'sk-claude', baseUrl: 'http://127.0.0.1:1' });
    expect(() => new Catalogue([claude], config, pino({ level: 'silent' }))).toThrow(
      /^openai\.model is "gpt-99"; allowed is one of claude-haiku-5-5, /,
    );
  });
});

describe('[PROV-3] the catalogue in TOML', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'catalogue-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const load = (toml: string, environment: Record<string, string> = {}) => {
    writeFileSync(join(directory, 'own.toml'), toml);
    return loadConfig({ CONFIG_PATH: 'own.toml', ...environment }, directory);
  };
  const mistake = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      if (error instanceof ConfigError) return error.message.replace(directory, '…');
    }
    throw new Error('It was accepted.');
  };

  it('is merged by id, key by key', () => {
    const defaults = loadConfig({}, directory).models;
    const { models } = load(`
[[models]]
id = "gpt-4o"
context_window = 1000
prices = { input = 0 }
fallbacks = ["my-own"]
[[models]]
id = "my-own"
provider = "azure"
name = "Prod_Chat"
[models.supports]
temperature = false
[[models]]
id = "gpt-4.1"
enabled = false
`);
    expect(models['gpt-4o']).toEqual({
      ...defaults['gpt-4o'],
      contextWindow: 1000,
      prices: { input: 0, output: 10 },
      fallbacks: ['my-own'],
    });
    expect(models['my-own']).toMatchObject({
      provider: 'azure',
      name: 'Prod_Chat',
      supports: { streaming: true, temperature: false },
      prices: { input: null, output: null },
    });
    expect(models['gpt-4.1']).toMatchObject({ enabled: false });
    expect(Object.keys(models).length).toBe(Object.keys(defaults).length + 1);
  });

  it.each([
    ['[[models]]\nid = "x"', 'models.x.provider is missing; allowed is one of azure, openai,'],
    ['[[models]]\nprovider = "openai"', 'models[0].id is missing;'],
    ['[[models]]\nid = "gpt-4o"\n[[models]]\nid = "gpt-4o"', 'models has "gpt-4o" twice;'],
    [
      '[[models]]\nid = "gpt-4o"\nprice = 1',
      'models.gpt-4o.price is not known; allowed is a table of enabled, provider,',
    ],
    [
      '[[models]]\nid = "gpt-4o"\nsupports = { telepathy = true }',
      'models.gpt-4o.supports.telepathy is not known;',
    ],
    [
      '[[models]]\nid = "gpt-4o"\nprices = { input = -1 }',
      'models.gpt-4o.prices.input is -1; allowed is US dollars',
    ],
    ['[[models]]\nid = "gpt-4o"\nfallbacks = ["gpt-4o"]', 'models.gpt-4o.fallbacks names "gpt-4o";'],
    ['[[models]]\nid = "gpt-4o"\nfallbacks = ["nobody"]', 'models.gpt-4o.fallbacks names "nobody";'],
    ['[providers]\nrequired = ["aws"]', 'providers.required[0] is "aws"; allowed is one of azure,'],
  ])('%j stops the start with one sentence', (toml, sentence) => {
    const message = mistake(() => load(toml));
    expect(message).toContain(sentence);
    expect(message).not.toContain('\n');
  });

  it.each([
    ['azure', 'AZURE_OPENAI_ENDPOINT'],
    ['openai', 'OPENAI_API_KEY'],
    ['openrouter', 'OPENROUTER_API_KEY'],
    ['anthropic', 'ANTHROPIC_API_KEY'],
    ['gemini', 'GEMINI_API_KEY'],
    ['ollama', 'OLLAMA_BASE_URL'],
  ])('[PROV-2] a required %s without %s stops the start with one sentence', (name, variable) => {
    expect(mistake(() => load(`[providers]\nrequired = ["${name}"]`))).toBe(
      `${variable} is missing; it must be set, because providers.required names ${name}.`,
    );
  });

  it('[PROV-2] each needs only its key, Ollama only an address', () => {
    const { access } = load('', {
      OPENAI_API_KEY: 'sk-1',
      OPENROUTER_API_KEY: 'sk-2',
      ANTHROPIC_API_KEY: 'sk-3',
      GEMINI_API_KEY: 'sk-4',
      OLLAMA_BASE_URL: 'http://127.0.0.1:11434/',
      OPENAI_BASE_URL: 'https://proxy.example/v1/',
    });
    expect(access).toEqual({
      openai: { apiKey: 'sk-1', baseUrl: 'https://proxy.example/v1' },
      openrouter: { apiKey: 'sk-2', baseUrl: 'https://openrouter.ai/api/v1' },
      anthropic: { apiKey: 'sk-3', baseUrl: 'https://api.anthropic.com' },
      gemini: { apiKey: 'sk-4', baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai' },
      ollama: { baseUrl: 'http://127.0.0.1:11434/v1' },
    });
  });

  it.each([
    [{ OPENAI_API_KEY: 'sk 0123' }, 'OPENAI_API_KEY has spaces or other characters'],
    [{ ANTHROPIC_API_KEY: 'sk-0123', ANTHROPIC_BASE_URL: 'claude' }, 'ANTHROPIC_BASE_URL is not an address;'],
    [
      { OLLAMA_BASE_URL: 'localhost:11434' },
      'OLLAMA_BASE_URL is not an address; allowed is one such as http://',
    ],
    [
      { AZURE_OPENAI_ENDPOINT: 'https://a.example', AZURE_OPENAI_AUTH: 'oauth' },
      'AZURE_OPENAI_AUTH is "oauth";',
    ],
    [{ AZURE_OPENAI_AUTH: 'entra' }, 'AZURE_OPENAI_ENDPOINT must be set as well,'],
  ])('%j: one plain sentence, never with the key', (environment, sentence) => {
    const message = mistake(() => load('', environment));
    expect(message).toContain(sentence);
    expect(message).not.toContain('0123');
  });

  it('[PROV-1] Entra ID needs no key', () => {
    const environment = { AZURE_OPENAI_ENDPOINT: 'https://a.example', AZURE_OPENAI_AUTH: 'entra' };
    expect(load('', environment).azure).toEqual({
      endpoint: 'https://a.example',
      apiKey: null,
      deployment: null,
      apiVersion: '2024-10-21',
    });
  });
});
