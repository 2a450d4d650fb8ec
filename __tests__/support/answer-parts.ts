import { anthropic } from '../../src/providers/anthropic.ts';
import { azure } from '../../src/providers/azure.ts';
import { gemini, ollama, openai, openrouter } from '../../src/providers/openai-dialects.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Completion, Sink } from '../../src/runs/producer.ts';
import { anthropicWire } from './fake-anthropic.ts';
import { openaiWire } from './fake-openai.ts';
import type { FakeProvider, Reply, Wire } from './fake-provider.ts';

/** The events that an answer is made of, as objects, in one of the two formats that providers speak. */
export interface Format {
  begin: object[];
  /** A delta with these fields. */
  delta(fields: object): object;
  text(text: string): object;
  finish(reason: unknown): object;
  usage(usage: unknown): object;
  /** The `data` of what comes last. */
  end: string;
  /** An answer in one piece. */
  whole(content: unknown, reason: unknown): object;
}

const choices = (choice: object) => ({ id: 'c', object: 'chat.completion.chunk', choices: [choice] });

export const completions: Format = {
  begin: [choices({ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null })],
  delta: (delta) => choices({ index: 0, delta, finish_reason: null }),
  text: (content) => choices({ index: 0, delta: { content }, finish_reason: null }),
  finish: (finish_reason) => choices({ index: 0, delta: {}, finish_reason }),
  usage: (usage) => ({ id: 'c', choices: [], usage }),
  end: '[DONE]',
  whole: (content, finish_reason) => ({
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason }],
  }),
};

export const messages: Format = {
  begin: [
    { type: 'message_start', message: { type: 'message', content: [], usage: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ],
  delta: (delta) => ({ type: 'content_block_delta', index: 0, delta }),
  text: (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  finish: (stop_reason) => ({ type: 'message_delta', delta: { stop_reason } }),
  usage: (usage) => ({ type: 'message_delta', delta: {}, usage }),
  end: '{"type":"message_stop"}',
  whole: (content, stop_reason) => ({ type: 'message', content, stop_reason }),
};

export interface Spoken {
  format: Format;
  wire: Wire;
  create(url: string): Provider;
}

const apiKey = 'sk-secret-0123456789';

/** Everybody who can be asked. */
export const PROVIDERS: Array<[name: string, provider: Spoken]> = [
  ['openai', (url: string) => openai({ apiKey, baseUrl: `${url}/v1` })],
  ['azure', (url: string) => azure({ endpoint: url, credential: apiKey, apiVersion: 'v1' })],
  ['openrouter', (url: string) => openrouter({ apiKey, baseUrl: url })],
  ['gemini', (url: string) => gemini({ apiKey, baseUrl: url })],
  ['ollama', (url: string) => ollama({ baseUrl: url })],
].map(([name, create]) => [name, { format: completions, wire: openaiWire(), create }] as [string, Spoken]);
PROVIDERS.push([
  'anthropic',
  { format: messages, wire: anthropicWire, create: (url) => anthropic({ apiKey, baseUrl: url }) },
]);

/** What was told. */
export class Told implements Sink {
  readonly chunks: string[] = [];
  thoughts = '';

  get text(): string {
    return this.chunks.join('');
  }

  content(text: string): void {
    this.chunks.push(text);
  }

  reasoning(text: string): void {
    this.thoughts += text;
  }

  redact(): void {}

  status(): void {}

  emit(): void {}
}

/** One attempt. */
export async function attempt(
  provider: Provider,
  fake: FakeProvider,
  reply: Reply,
): Promise<{ told: Told; completion?: Completion; error?: unknown }> {
  fake.reply = reply;
  const told = new Told();
  const prompt = { messages: [{ role: 'user' as const, content: 'Hi' }], parameters: {} };
  const producer = provider.attempt('m', prompt);
  return producer(told, new AbortController().signal).then(
    (completion) => ({ told, completion }),
    (error: unknown) => ({ told, error }),
  );
}

/** As events, each of one line of data. */
export const streamOf = (...data: Array<object | string>): string =>
  data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('');
