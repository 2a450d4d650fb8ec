import { randomUUID } from 'node:crypto';
import type { Behaviour } from '../../src/simulator/behaviour.ts';
import { allEvents, ask } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';
import { Viewer } from '../support/viewer.ts';

describe('why an answer ended, as the message says it', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const causesIn = async (address: string) => {
    const response = await fetch(`${service.url}${address}`);
    const { messages } = (await response.json()) as { messages: Array<{ cause: unknown }> };
    return messages.map(({ cause }) => cause);
  };

  it.each<[string, string, Behaviour, Record<string, unknown>]>([
    ['stop', 'complete', { tokens: 5 }, {}],
    ['length', 'complete', { tokens: 100 }, { options: { maxOutputTokens: 7 } }],
    ['content_filter', 'complete', { tokens: 100, fault: { kind: 'answer_filtered', at: 30 } }, {}],
    ['content_filter', 'complete', { tokens: 30, fault: { kind: 'late_violation', from: 0, to: 5 } }, {}],
    ['provider_auth_failed', 'failed', { fault: { kind: 'unauthorized' } }, {}],
  ])('[RUN-5] %s, after a restart and in the live document, too', async (cause, status, behaviour, more) => {
    const chatId = randomUUID();
    service.simulator.setBehaviour({ delayMs: 0, ...behaviour });
    await allEvents(ask(service.url, 'Why?', { chatId, ...more }));
    expect(service.query('SELECT status, cause FROM Run WHERE chatId = ?', chatId)).toEqual([
      { status, cause },
    ]);
    expect(await causesIn(`/api/chat/${chatId}`)).toEqual([null, cause]);
    expect(await causesIn(`/api/chat/${chatId}/export?format=json`)).toEqual([null, cause]);
    await service.restart();
    expect(await causesIn(`/api/chat/${chatId}`)).toEqual([null, cause]);
    using viewer = new Viewer(service.url);
    const { data } = await viewer.watch(chatId);
    expect(data?.messages.map((message) => message.cause)).toEqual([undefined, cause]);
  });

  it('[MIRROR-2] who watches hears of it with the end of the answer', async () => {
    const chatId = randomUUID();
    service.simulator.setBehaviour({ tokens: 100, delayMs: 0 });
    await allEvents(ask(service.url, 'First', { chatId }));
    using viewer = new Viewer(service.url);
    const doc = await viewer.watch(chatId);
    const told = new Promise<string | undefined>((resolve) => {
      doc.on('op', () => {
        const last = doc.data?.messages[3];
        if (last && last.status !== 'streaming') resolve(last.cause);
      });
    });
    await allEvents(ask(service.url, 'Second', { chatId, options: { maxOutputTokens: 7 } }));
    expect(await told).toBe('length');
  });

  it('[CHAT-9] an exported answer that was cut off says so', async () => {
    const chatId = randomUUID();
    service.simulator.setBehaviour({ tokens: 100, delayMs: 0 });
    await allEvents(ask(service.url, 'Count', { chatId, options: { maxOutputTokens: 7 } }));
    const response = await fetch(`${service.url}/api/chat/${chatId}/export?format=markdown`);
    expect(await response.text()).toMatch(/^## Assistant \(\S+, cut off: length\)$/m);
  });
});
