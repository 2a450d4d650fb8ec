import { post } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

/** What nobody would send on purpose, and what clients remember all the same. */
const ODD: unknown[] = [
  null,
  7,
  'text',
  [],
  {},
  { role: 'assistant' },
  { role: 'assistant', content: null },
  { role: 'assistant', content: '' },
  { role: 'assistant', content: ' \n' },
  { role: 'assistant', content: 5 },
  { role: 'assistant', content: [null, 0, 'x', { type: 'image_url', image_url: { url: 'data:,' } }] },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: {} }],
    name: null,
  },
  { role: 'tool', tool_call_id: 'c1', content: 'result' },
  { role: 'function', name: 'f', content: 'result' },
  { role: 'data', content: 'x', data: {} },
  { role: 'user', content: [{ type: 'input_audio', input_audio: {} }] },
  { role: 'assistant', parts: null },
  { role: 'assistant', parts: 7 },
  { role: 'assistant', parts: [] },
  {
    role: 'assistant',
    parts: [null, 1, 'x', {}, { type: null }, { type: 'text' }, { type: 'text', text: null }],
  },
  { role: 'assistant', parts: [{ type: 'tool-x', state: 'output-available', input: {}, output: [[[]]] }] },
  {
    role: 'assistant',
    parts: [{ type: 'reasoning', text: 'secret' }, { type: 'step-start' }, { type: 'data-x' }],
  },
  { id: 5, role: 'assistant', parts: [{ type: 'custom-from-the-future', text: 'no' }], metadata: null },
  { id: 'x'.repeat(500), role: 'user', parts: [{ type: 'file', url: 'data:,', mediaType: 'image/png' }] },
];

/** What is usable, in every way that it is written. */
const USABLE: Array<[what: string, message: Record<string, unknown>, said: string]> = [
  ['an answer that is longer than a question may be', { content: 'long '.repeat(100) }, 'long '.repeat(100)],
  [
    'parts',
    { content: [{ type: 'text', text: 'a' }, { type: 'image_url' }, { type: 'text', text: 'b' }] },
    'ab',
  ],
  ['a refusal', { content: null, refusal: 'I cannot.' }, 'I cannot.'],
  ['a refusal among parts', { content: [{ type: 'refusal', refusal: 'I will not.' }] }, 'I will not.'],
  [
    'fields of other products',
    { content: 'said', name: 'bot', audio: null, annotations: [], extra: {} },
    'said',
  ],
  ['a NUL and half a character', { content: 'a\0b\ud800' }, 'a\ufffdb\ufffd'],
];

describe('what was said before', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ config: { limits: { messageChars: 300 } } });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const question = { role: 'user', content: 'And now?' };
  const asParts = ({ role, content, ...rest }: Record<string, unknown>) => ({
    ...rest,
    role,
    parts: Array.isArray(content) ? content : [{ type: 'text', text: content }],
  });

  const doors: Array<[protocol: string, ask: (messages: unknown[]) => Promise<Response>]> = [
    ['native', (messages) => post(`${service.url}/api/chat`, { messages: [...messages, question] })],
    [
      'useChat',
      (messages) =>
        post(`${service.url}/api/chat`, {
          trigger: 'submit-message',
          messages: [...messages, asParts(question)],
        }),
    ],
    [
      'openai',
      (messages) => post(`${service.url}/v1/chat/completions`, { messages: [...messages, question] }),
    ],
    [
      'complete',
      (messages) => post(`${service.url}/api/v1/llm/complete`, { messages: [...messages, question] }),
    ],
    [
      'eventsource',
      (messages) => {
        const query = new URLSearchParams({ messages: JSON.stringify([...messages, question]) });
        return fetch(`${service.url}/api/v1/llm/complete/stream?${query}`);
      },
    ],
  ];

  const sent = () =>
    service.simulator.requests
      .at(-1)
      ?.body.messages.filter(({ role }) => role !== 'system')
      .map(({ role, content }) => [role, content]);

  it.each(doors)(
    '[CHAT-3] what is odd in it is passed over, one by one and all together: %s',
    async (_protocol, asking) => {
      const earlier = [
        { role: 'user', content: 'First' },
        { role: 'assistant', content: 'Second' },
      ];
      for (const odd of [...ODD.map((each) => [each]), ODD]) {
        const response = await asking([...odd, ...earlier]);
        expect([JSON.stringify(odd).slice(0, 100), response.status]).toEqual([
          JSON.stringify(odd).slice(0, 100),
          200,
        ]);
        await response.text();
        expect(sent()).toEqual([
          ['user', 'First'],
          ['assistant', 'Second'],
          ['user', 'And now?'],
        ]);
      }
    },
  );

  it.each(doors)('[CHAT-3] what is usable in it is used: %s', async (protocol, asking) => {
    for (const [, message, said] of USABLE) {
      const answer = { role: 'assistant', ...message };
      const first = { role: 'user', content: 'First' };
      const written = protocol === 'useChat' && 'content' in message && message.content !== null;
      const messages = written ? [asParts(first), asParts(answer)] : [first, answer];
      const response = await asking(messages);
      await response.text();
      expect([response.status, sent()?.[1]]).toEqual([200, ['assistant', said]]);
    }
  });

  it.each(doors)('[CHAT-1] what is asked is not passed over: %s', async (_protocol, asking) => {
    const asked = service.simulator.requests.length;
    const response = await asking([]);
    expect(response.status).toBe(200);
    await response.text();
    for (const path of ['/api/chat', '/v1/chat/completions', '/api/v1/llm/complete']) {
      for (const odd of ODD.slice(0, 16)) {
        const refused = await post(service.url + path, { messages: [question, odd] });
        expect([path, JSON.stringify(odd), refused.status]).toEqual([path, JSON.stringify(odd), 400]);
      }
    }
    expect(service.simulator.requests).toHaveLength(asked + 1);
  });

  it.each(['image_url', 'input_audio', 'file', 'refusal', 'unheard-of'])(
    '[WIRE-4] a part that is no text is refused by what would help: %s',
    async (type) => {
      const content = [
        { type: 'text', text: 'Look' },
        { type, [type]: 'x' },
      ];
      const { error } = await (
        await post(`${service.url}/v1/chat/completions`, { messages: [{ role: 'user', content }] })
      ).json();
      expect(error.details).toEqual([{ field: 'messages.0.content.1', message: 'only text is supported' }]);
    },
  );

  it.each([[[]], [['']], [''], [null], [undefined], [['', '']]])(
    '[PROV-3] a stop that stops nothing is left out: %j',
    async (stop) => {
      for (const body of [{ stop }, { options: { stop } }]) {
        const path = 'stop' in body ? '/v1/chat/completions' : '/api/chat';
        const response = await post(service.url + path, { messages: [question], ...body });
        expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
        expect(service.simulator.requests.at(-1)?.body).not.toHaveProperty('stop');
      }
    },
  );

  it('[PROV-3] the empty ones of a stop are left out', async () => {
    await (
      await post(`${service.url}/v1/chat/completions`, { messages: [question], stop: ['', 'X', ''] })
    ).text();
    expect(service.simulator.requests.at(-1)?.body.stop).toEqual(['X']);
  });

  it.each(['/api/chat', '/v1/chat/completions', '/api/v1/llm/complete'])(
    '[CHAT-1] a field that is null is a field that is left out: %s',
    async (path) => {
      const none = Object.fromEntries(
        (path.startsWith('/v1')
          ? [
              'model',
              'temperature',
              'top_p',
              'max_tokens',
              'stop',
              'response_format',
              'n',
              'tools',
              'stream',
              'stream_options',
              'logprobs',
              'user',
              'seed',
              'tool_choice',
              'functions',
              'frequency_penalty',
            ]
          : ['chatId', 'model', 'options']
        ).map((name) => [name, null]),
      );
      const response = await post(service.url + path, { messages: [question], ...none });
      expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
      if (path.startsWith('/v1')) return;
      const options = {
        temperature: null,
        topP: null,
        maxOutputTokens: null,
        stop: null,
        responseFormat: null,
        onDisconnect: null,
      };
      const other = await post(service.url + path, { messages: [question], options });
      expect([other.status, await other.text()]).toEqual([200, expect.any(String)]);
    },
  );

  it.each([
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'prototype',
    '__defineGetter__',
  ])('[CHAT-1] [MIRROR-1] no chat is called what every object has: %s', async (chatId) => {
    const messages = [question];
    const refused = await Promise.all([
      post(`${service.url}/api/chat`, `{"chatId":"${chatId}","messages":${JSON.stringify(messages)}}`),
      post(`${service.url}/api/chat`, {
        id: chatId,
        trigger: 'submit-message',
        messages: [asParts(question)],
      }),
      post(`${service.url}/v1/chat/completions`, { messages }, { 'x-chat-id': chatId }),
      post(`${service.url}/api/v1/llm/complete`, { chatId, messages }),
      fetch(`${service.url}/api/chat/${chatId}`),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
  });

  const UNPLAIN = ['a\nb', 'a\u001b[31mb', 'a\u202eb', 'a\u2066b', 'a\u2028b', 'a\u0085b', '\u0000', 'a\rb'];

  it.each(UNPLAIN)('[CHAT-9] a title that would not be seen as what it is: %j', async (title) => {
    const response = await post(`${service.url}/api/chat`, { chatId: 'titled', messages: [question] });
    await response.text();
    const renamed = await fetch(`${service.url}/api/chat/titled`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title }),
    });
    expect([renamed.status, (await renamed.json()).error.details[0].field]).toEqual([400, 'title']);
  });

  it.each([
    ['two\r\nlines\u2028and\u001b[31m more', 'two lines and [31m more'],
    ['\u202e\n\u2066hidden', 'hidden'],
  ])('[CHAT-3] the title of a chat is one line of its first question: %j', async (content, title) => {
    const response = await post(`${service.url}/api/chat`, { messages: [{ role: 'user', content }] });
    await response.text();
    const chatId = response.headers.get('x-chat-id');
    expect(service.query('SELECT title FROM Chat WHERE id = ?', chatId)).toEqual([{ title }]);
  });
});
