import { isBlank } from '../../src/chat/blank.ts';
import type { PromptMessage, ResponseFormat } from '../../src/chat/models.ts';
import { anthropic } from '../../src/providers/anthropic.ts';
import { azure } from '../../src/providers/azure.ts';
import { createLLMFunction } from '../../src/providers/llm-function.ts';
import { gemini, ollama, openai, openrouter } from '../../src/providers/openai-dialects.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { allEvents, ask, terminalOf } from '../support/events.ts';
import { anthropicWire } from '../support/fake-anthropic.ts';
import { geminiWire, ollamaWire, openaiWire, openrouterWire } from '../support/fake-openai.ts';
import { type FakeProvider, startFake, type Wire } from '../support/fake-provider.ts';
import { type Service, startService } from '../support/service.ts';

const apiKey = 'sk-0123';
const BLANKS = [
  '',
  ' ',
  '\n\n',
  '\t\r\n',
  '\u00a0\u2003',
  '\u3000',
  '\u200b\ufeff',
  '\u0085\u001f',
  '\u2800\u3164',
];

const STRICT: ReadonlyArray<[name: string, wire: Wire, create: (url: string) => Provider]> = [
  ['Anthropic', anthropicWire, (url) => anthropic({ apiKey, baseUrl: url })],
  ['OpenRouter', openrouterWire, (url) => openrouter({ apiKey, baseUrl: url })],
  ['Gemini', geminiWire, (url) => gemini({ apiKey, baseUrl: url })],
  ['Ollama', ollamaWire, (url) => ollama({ baseUrl: url })],
];

const FREE: typeof STRICT = [
  ['OpenAI', openaiWire(), (url) => openai({ apiKey, baseUrl: url })],
  ['Azure', openaiWire(), (url) => azure({ endpoint: url, credential: apiKey, apiVersion: 'v1' })],
];

const spokenIn = ({ requests }: FakeProvider) => {
  const body = requests.at(-1)?.body as { messages: PromptMessage[] };
  return body.messages.filter(({ role }) => role !== 'system');
};

const ODD: ReadonlyArray<[what: string, messages: PromptMessage[]]> = [
  [
    'begins with a greeting',
    [
      { role: 'assistant', content: 'Hello, how can I help?' },
      { role: 'user', content: 'Hi' },
    ],
  ],
  [
    'has the same side several times in a row',
    [
      { role: 'assistant', content: 'One' },
      { role: 'assistant', content: 'Two' },
      { role: 'user', content: 'Three' },
      { role: 'user', content: 'Four' },
      { role: 'assistant', content: 'Five' },
      { role: 'user', content: 'Six' },
    ],
  ],
  [
    'has instructions in the middle, and blank messages',
    [
      { role: 'system', content: ' \n' },
      { role: 'user', content: 'One' },
      { role: 'assistant', content: '\n\n' },
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Two' },
    ],
  ],
  ['is nothing but instructions', [{ role: 'system', content: 'Write a poem.' }]],
];

describe.each(STRICT)('[CHAT-5] a prompt for %s', (_name, wire, create) => {
  it.each(ODD)('alternates, the user first, when the conversation %s', async (_what, messages) => {
    await using fake = await startFake(wire);
    fake.reply = { content: ['ok'] };
    await createLLMFunction({ provider: create(fake.url), model: 'm' })(messages);
    const spoken = spokenIn(fake);
    expect(spoken.map(({ role }) => role)).toEqual(
      spoken.map((_, index) => (index % 2 === 0 ? 'user' : 'assistant')),
    );
    expect(spoken.at(-1)?.role).toBe('user');
    const said = JSON.stringify(fake.requests.at(-1)?.body);
    for (const { content } of messages) if (!isBlank(content)) expect(said).toContain(content);
    expect(spoken.every(({ content }) => !isBlank(content))).toBe(true);
  });
});

describe.each(FREE)('[CHAT-5] a prompt for %s', (_name, wire, create) => {
  it.each(ODD)(
    'is as it was said, but for what is blank, when the conversation %s',
    async (_what, messages) => {
      await using fake = await startFake(wire);
      fake.reply = { content: ['ok'] };
      await createLLMFunction({ provider: create(fake.url), model: 'm' })(messages);
      expect(fake.requests.at(-1)?.body.messages).toEqual(
        messages.filter(({ content }) => !isBlank(content)),
      );
    },
  );
});

describe('[CHAT-5] turns without anything to read stay out of prompts', () => {
  let claude: FakeProvider;
  let service: Service;
  beforeAll(async () => {
    claude = await startFake(anthropicWire);
    service = await startService({
      azure: null,
      config: { access: { anthropic: { apiKey, baseUrl: claude.url } } },
    });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await claude[Symbol.asyncDispose]();
  });

  it.each(BLANKS.map((blank, index) => [JSON.stringify(blank), blank, `blank-${index}`]))(
    'whose answer was %s',
    async (_shown, blank, chatId) => {
      claude.reply = { content: [blank] };
      await allEvents(ask(service.url, 'First', { chatId }));
      claude.reply = { content: ['An answer'] };
      await allEvents(ask(service.url, 'Second', { chatId }));
      expect(spokenIn(claude)).toEqual([{ role: 'user', content: 'Second' }]);
    },
  );

  it.each(BLANKS)('and are no question (%j)', async (blank) => {
    const response = await ask(service.url, blank);
    expect(response.status).toBe(400);
  });

  it.each<[protocol: string, path: string, body: (blank: string) => object]>([
    [
      'OpenAI',
      '/v1/chat/completions',
      (blank) => ({
        messages: [
          { role: 'system', content: blank },
          { role: 'assistant', content: 'Hello, how can I help?' },
          { role: 'user', content: 'One' },
          { role: 'assistant', content: blank },
          { role: 'user', content: 'Two' },
        ],
      }),
    ],
    [
      'useChat',
      '/api/chat',
      (blank) => ({
        trigger: 'submit-message',
        messages: [
          ['system', blank],
          ['assistant', 'Hello, how can I help?'],
          ['user', 'One'],
          ['assistant', blank],
          ['user', 'Two'],
        ].map(([role, text], index) => ({ id: `m${index}`, role, parts: [{ type: 'text', text }] })),
      }),
    ],
    [
      'the native protocol',
      '/api/chat',
      () => ({
        messages: [
          { role: 'assistant', content: 'Hello, how can I help?' },
          { role: 'user', content: 'Two' },
        ],
      }),
    ],
  ])('and a greeting is told, through %s, now and in the next question', async (_protocol, path, body) => {
    claude.reply = { content: ['Fine.'] };
    for (const blank of ['\n', '\u2003\u200b']) {
      const response = await fetch(`${service.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'claude-haiku-5-5', ...body(blank) }),
      });
      expect(response.status).toBe(200);
      await response.text();
      const chatId = response.headers.get('x-chat-id');
      const told = () => spokenIn(claude).map(({ role, content }) => `${role}: ${content}`);
      expect(told()[0]).toMatch(/^user: /);
      expect(told()).toContain('assistant: Hello, how can I help?');
      expect(told().at(-1)).toMatch(/^user: .*Two$/s);
      if (!chatId) throw new Error('no chat');
      expect(terminalOf(await allEvents(ask(service.url, 'Three', { chatId })))).toMatchObject({
        type: 'complete',
      });
      expect(told()).toEqual(expect.arrayContaining(['assistant: Fine.', 'user: Three']));
    }
  });
});

describe('[PROV-7] what Claude is asked for', () => {
  const sent = async (schema: ResponseFormat['schema'], text = '{}') => {
    await using claude = await startFake(anthropicWire);
    claude.reply = { content: [text] };
    const provider = anthropic({ apiKey, baseUrl: claude.url });
    const parameters = { responseFormat: { type: 'json_schema' as const, name: 'x', schema } };
    const answer = await createLLMFunction({ provider, model: 'm', parameters })('Hi');
    const body = claude.requests[0]?.body as {
      output_config?: { format: { schema: unknown } };
      system?: string;
    };
    return { answer, body };
  };

  it('is closed in every object, and nowhere else different', async () => {
    const name = { type: 'string' };
    const { body } = await sent({
      type: 'object',
      properties: {
        properties: { type: 'object', properties: { type: name } },
        list: { type: 'array', items: { type: ['object', 'null'], properties: { name } } },
        any: { anyOf: [{ properties: { name } }, { type: 'object', additionalProperties: true }, name] },
        ref: { $ref: '#/$defs/thing' },
        map: { type: 'object', additionalProperties: { type: 'object', properties: { name } } },
        constant: { enum: [{ type: 'object' }], default: { type: 'object' } },
      },
      $defs: { thing: { type: 'object', properties: { name }, required: ['name'] } },
      required: ['list'],
    });
    const additionalProperties = false;
    expect(body.output_config?.format.schema).toEqual({
      type: 'object',
      properties: {
        properties: { type: 'object', properties: { type: name }, additionalProperties },
        list: {
          type: 'array',
          items: { type: ['object', 'null'], properties: { name }, additionalProperties },
        },
        any: {
          anyOf: [
            { properties: { name }, additionalProperties },
            { type: 'object', additionalProperties },
            name,
          ],
        },
        ref: { $ref: '#/$defs/thing' },
        map: { type: 'object', additionalProperties },
        constant: { enum: [{ type: 'object' }], default: { type: 'object' } },
      },
      $defs: { thing: { type: 'object', properties: { name }, required: ['name'], additionalProperties } },
      required: ['list'],
      additionalProperties,
    });
  });

  it('is any object in words, as closed it would be an empty one', async () => {
    const { answer, body } = await sent({ type: 'object' }, '{"a": 1}');
    expect(body.output_config).toBeUndefined();
    expect(body.system).toContain('JSON object');
    expect(answer.valid).toBe(true);
  });

  it.each([
    [{ type: 'object' }, false],
    [{ type: 'array', items: { type: 'string' } }, false],
    [
      { type: 'object', properties: { a: { type: 'object' } }, required: ['a'], additionalProperties: false },
      false,
    ],
    [
      {
        type: 'object',
        properties: { a: { enum: [{ properties: {} }] } },
        required: ['a'],
        additionalProperties: false,
      },
      true,
    ],
  ])('and OpenAI takes %j as strict: %s', async (schema, strict) => {
    await using fake = await startFake(openaiWire());
    fake.reply = { content: ['{}'] };
    const parameters = { responseFormat: { type: 'json_schema' as const, name: 'x', schema } };
    await createLLMFunction({ provider: openai({ apiKey, baseUrl: fake.url }), model: 'm', parameters })(
      'Hi',
    );
    expect(fake.requests[0]?.body.response_format).toMatchObject({ json_schema: { schema, strict } });
  });
});

describe('[PROV-3] a model of which nothing is known', () => {
  it('gets no temperature that nobody asked for', async () => {
    await using service = await startService();
    await allEvents(ask(service.url, 'Hi'));
    expect(service.simulator.requests.at(-1)?.body).not.toHaveProperty('temperature');
    await allEvents(ask(service.url, 'Hi', { options: { temperature: 0 } }));
    expect(service.simulator.requests.at(-1)?.body).toMatchObject({ temperature: 0 });
  });

  it.each([
    ['gpt-4o', { temperature: 0.7 }],
    ['gpt-99', {}],
  ])('and %s has as defaults %j, as openai.model', async (model, defaults) => {
    await using service = await startService({
      azure: null,
      config: {
        access: { openai: { apiKey, baseUrl: 'http://127.0.0.1:1' } },
        openai: { model, temperature: 0.7, maxOutputTokens: 0 },
      },
    });
    const response = await fetch(`${service.url}/api/models`);
    const { models } = (await response.json()) as { models: unknown[] };
    expect(models[0]).toMatchObject({ id: model, defaults });
    expect((models[0] as { defaults: object }).defaults).toEqual(defaults);
  });
});
