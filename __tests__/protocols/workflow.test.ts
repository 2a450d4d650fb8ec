import { WorkflowChatTransport } from '@ai-sdk/workflow/client';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { type Service, startService } from '../support/service.ts';
import { brokenFetch, openChat, release, textOf } from '../support/use-chat.ts';

const ALL = Array.from({ length: 60 }, (_, index) => `${index} `).join('');
const LONG = '[[simulate: tokens=60, delay_ms=8]]';

let service: Service;
beforeAll(async () => {
  service = await startService();
  // The transport reports each cut, which is what these tests are about.
  jest.spyOn(console, 'error').mockImplementation(() => {});
});
afterAll(async () => {
  jest.restoreAllMocks();
  await service[Symbol.asyncDispose]();
});

async function chatWith(fetch?: typeof globalThis.fetch) {
  const { ai } = await release('ai-7');
  const asked: string[] = [];
  const transport = new WorkflowChatTransport({
    api: `${service.url}/api/chat`,
    fetch: (input, init) => {
      asked.push(`${init?.method ?? 'GET'} ${input}`);
      return (fetch ?? globalThis.fetch)(input, init);
    },
  });
  return { chat: openChat(ai, { id: 'workflow', transport }), asked };
}

it('[WIRE-3] streams for a body without chat id and with another content type', async () => {
  const { chat } = await chatWith();
  await chat.sendMessage({ text: 'One' });
  expect([chat.status, chat.error]).toEqual(['ready', undefined]);
  expect(textOf(chat.messages[1])).toBe('Hello there');
});

it.each([400, 700, 1500, 3000])('[WIRE-3] goes on by its count after %i bytes', async (bytes) => {
  const { chat, asked } = await chatWith(brokenFetch(bytes, 'terminated'));
  await chat.sendMessage({ text: LONG });
  expect([chat.status, chat.error]).toEqual(['ready', undefined]);
  expect(textOf(chat.messages[1])).toBe(ALL);
  expect(asked).toEqual([
    expect.stringMatching(/^POST/),
    expect.stringMatching(/\/api\/chat\/[0-9a-f-]{36}\/stream\?startIndex=[1-9]/),
  ]);
});

it('[WIRE-3] a stop by another client ends it, and it requests no further', async () => {
  const { chat, asked } = await chatWith();
  const sending = chat.sendMessage({ text: '[[simulate: tokens=endless, delay_ms=5]]' });
  await service.simulator.nextRequest();
  const { runs } = await (await fetch(`${service.url}/api/runs?status=live`)).json();
  await fetch(`${service.url}/api/runs/${runs.at(-1).runId}/stop`, { method: 'POST' });
  await sending;
  expect([chat.status, chat.error]).toEqual(['ready', undefined]);
  expect(asked).toHaveLength(2);
});

it('[WIRE-3] counts from the end, and the response has the index', async () => {
  const { chat } = await chatWith();
  const sending = chat.sendMessage({ text: LONG });
  await service.simulator.nextRequest();
  const { runs } = await (await fetch(`${service.url}/api/runs?status=live`)).json();
  const whole = fetch(`${service.url}/api/chat/${runs.at(-1).runId}/stream?startIndex=0`);
  const response = await fetch(`${service.url}/api/chat/${runs.at(-1).runId}/stream?startIndex=-2`);
  const parts = partsOf(await (await whole).text());
  const tail = Number(response.headers.get('x-workflow-stream-tail-index'));
  expect(partsOf(await response.text())).toEqual(parts.slice(Math.max(0, tail - 1)));
  await sending;
});

it('[WIRE-3] a count after the end, or too high, is refused instead of half an answer', async () => {
  const { chat } = await chatWith();
  await chat.sendMessage({ text: 'One' });
  const runId = chat.messages[1]?.metadata?.runId;
  const late = await fetch(`${service.url}/api/chat/${runId}/stream?startIndex=2`);
  expect([late.status, (await late.json()).error.message]).toEqual([
    400,
    expect.stringContaining('read the chat'),
  ]);
  const whole = await fetch(`${service.url}/api/chat/${runId}/stream?startIndex=0`);
  expect(partsOf(await whole.text()).at(-1)).toContain('"finish"');
});

function partsOf(stream: string): string[] {
  return stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => line.slice(6));
}
