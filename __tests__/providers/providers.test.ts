import { anthropic } from '../../src/providers/anthropic.ts';
import { azure } from '../../src/providers/azure.ts';
import { gemini, ollama, openai, openrouter } from '../../src/providers/openai-dialects.ts';
import { withoutSecret } from '../../src/providers/secrets.ts';
import { anthropicWire } from '../support/fake-anthropic.ts';
import { geminiWire, ollamaWire, openaiWire, openrouterWire } from '../support/fake-openai.ts';
import { describeProvider, KEY } from '../support/provider-contract.ts';

const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello' },
  { role: 'user', content: 'Again' },
];
const streamed = { model: 'its-name', messages, stream: true, stream_options: { include_usage: true } };
const sampling = { temperature: 0, top_p: 0.5, stop: ['END'] };
const bearer = { authorization: `Bearer ${KEY}` };

describeProvider('OpenAI', {
  wire: openaiWire(),
  create: (url) => withoutSecret(openai({ apiKey: KEY, baseUrl: `${url}/v1` }), KEY),
  path: '/v1/chat/completions',
  credential: bearer,
  request: { ...streamed, ...sampling, max_completion_tokens: 100, reasoning_effort: 'low' },
});

describeProvider('OpenRouter', {
  wire: openrouterWire,
  create: (url) => withoutSecret(openrouter({ apiKey: KEY, baseUrl: `${url}/api/v1` }), KEY),
  path: '/api/v1/chat/completions',
  credential: bearer,
  request: { ...streamed, ...sampling, max_tokens: 100, reasoning: { effort: 'low' } },
});

describeProvider('Gemini', {
  wire: geminiWire,
  create: (url) => withoutSecret(gemini({ apiKey: KEY, baseUrl: `${url}/v1beta/openai` }), KEY),
  path: '/v1beta/openai/chat/completions',
  credential: bearer,
  request: {
    ...streamed,
    ...sampling,
    max_tokens: 100,
    extra_body: { google: { thinking_config: { thinking_level: 'low', include_thoughts: true } } },
  },
});

describeProvider('Ollama', {
  wire: ollamaWire,
  create: (url) => ollama({ baseUrl: `${url}/v1` }),
  path: '/v1/chat/completions',
  request: { ...streamed, ...sampling, max_tokens: 100, reasoning_effort: 'low' },
});

describeProvider('Anthropic', {
  wire: anthropicWire,
  create: (url) => anthropic({ apiKey: KEY, baseUrl: url }),
  path: '/v1/messages',
  credential: bearer,
  request: {
    model: 'its-name',
    system: 'Be brief.',
    messages: messages.slice(1),
    stream: true,
    max_tokens: 100,
    stop_sequences: ['END'],
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: { effort: 'low' },
  },
  // It refuses in the answer, not the question.
  cannotTell: ['content_filter'],
});

describeProvider('Azure', {
  wire: openaiWire(),
  create: (url) => azure({ endpoint: url, credential: KEY, apiVersion: '2024-10-21' }),
  path: '/openai/deployments/its-name/chat/completions?api-version=2024-10-21',
  credential: { 'api-key': KEY },
  request: { ...streamed, ...sampling, max_completion_tokens: 100, reasoning_effort: 'low' },
});

it("[PROV-1] Azure's endpoint is the configured one, whatever OpenAI's own variable says", () => {
  process.env.OPENAI_BASE_URL = 'https://openai.example/v1';
  try {
    for (const apiVersion of ['2024-10-21', 'v1']) {
      expect(() => azure({ endpoint: 'https://azure.example', credential: KEY, apiVersion })).not.toThrow();
    }
  } finally {
    delete process.env.OPENAI_BASE_URL;
  }
});

describeProvider('Azure with Entra ID', {
  wire: openaiWire(),
  create: (url) =>
    withoutSecret(azure({ endpoint: url, credential: async () => KEY, apiVersion: 'v1' }), KEY),
  path: '/openai/v1/chat/completions',
  credential: bearer,
  request: { ...streamed, ...sampling, max_completion_tokens: 100, reasoning_effort: 'low' },
});
