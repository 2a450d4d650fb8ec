import type { LLMEvent } from '../../src/chat/llm-function.ts';
import { ConfigError } from '../../src/config.ts';
import { azure } from '../../src/providers/azure.ts';
import { createLLMFunction } from '../../src/providers/llm-function.ts';
import { openrouter } from '../../src/providers/openai-dialects.ts';
import type { Script } from '../../src/simulator/script.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { openrouterWire } from '../support/fake-openai.ts';
import { startFake, USAGE } from '../support/fake-provider.ts';

const NOW = { delayMs: 0, firstDelayMs: 0 };
const ENDLESS = { tokens: 'endless', delayMs: 2, firstDelayMs: 0 } as const;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator[Symbol.asyncDispose]());

function llm(script: Script, more: { stream?: object; answerChars?: number; key?: string } = {}) {
  simulator.setBehaviour(script);
  const { key = 'a-key', ...options } = more;
  const provider = azure({ endpoint: simulator.url, credential: key, apiVersion: '2024-10-21' });
  return createLLMFunction({
    provider,
    model: 'a-deployment',
    parameters: { temperature: 0 },
    retry: { attempts: 2, baseMs: 1 },
    ...options,
  });
}

describe('a model as a function', () => {
  it('[LIB-1] can be awaited, iterated and listened to, and all say the same', async () => {
    const heard: string[] = [];
    const answer = llm({ chunks: ['Hello', ' there', ' \u{1F600}'], ...NOW, delayMs: 1 })('Hi', {
      onContent: (text) => heard.push(text),
      onComplete: ({ finishReason }) => heard.push(`[${finishReason}]`),
    });
    const events: LLMEvent[] = [];
    for await (const event of answer) events.push(event);
    const result = await answer;
    const said = events.map((event) => (event.type === 'content' ? event.content : '')).join('');
    expect(said).toBe('Hello there \u{1F600}');
    expect(heard.join('')).toBe(`${said}[stop]`);
    expect(result).toMatchObject({
      content: said,
      reasoning: null,
      finishReason: 'stop',
      model: 'a-deployment',
      provider: 'azure',
    });
    expect(events.at(-1)).toMatchObject({ type: 'complete', usage: result.usage });
    expect(simulator.requests.at(-1)?.body).toMatchObject({
      temperature: 0,
      messages: [{ role: 'user', content: 'Hi' }],
    });
  });

  it('[LIB-1] takes a conversation as well as a question', async () => {
    const conversation = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'And now?' },
    ] as const;
    await llm({ chunks: ['x'], ...NOW })(conversation);
    expect(simulator.requests.at(-1)?.body.messages).toEqual(conversation);
  });

  it('[LIB-1] knows OpenRouter, its thoughts, and what it counted', async () => {
    await using fake = await startFake(openrouterWire);
    fake.reply = { reasoning: ['Let me ', 'think.'], content: ['Done', '.'] };
    const provider = openrouter({ apiKey: 'a-key', baseUrl: fake.url });
    const thoughts: string[] = [];
    const result = await createLLMFunction({ provider, model: 'some/model' })('Hi', {
      onReasoning: (text) => thoughts.push(text),
    });
    expect(result).toMatchObject({ content: 'Done.', reasoning: 'Let me think.', model: 'some/model' });
    expect(thoughts.join('')).toBe('Let me think.');
    expect(result.usage).toMatchObject({ promptTokens: USAGE.prompt, estimated: false });
  });

  it('[LIB-1] counts prompt and answer itself where the provider does not', async () => {
    const uncounted = llm({ chunks: ['one two three'], ...NOW, fault: { kind: 'cut_short', at: 'end' } });
    const { usage } = await uncounted('What is it?');
    expect(usage).toMatchObject({ promptTokens: 4, completionTokens: 3, totalTokens: 7, estimated: true });
  });

  it('[PROV-5] tries again before the first token, and says so', async () => {
    const answer = llm({ chunks: ['after all'], ...NOW, fault: { kind: 'server_error' }, times: 1 });
    const statuses: number[] = [];
    expect(await answer('Hi', { onStatus: ({ attempt }) => statuses.push(attempt) })).toMatchObject({
      content: 'after all',
    });
    expect(statuses).toEqual([2]);
  });

  it('[RUN-3] rejects, and throws where it is iterated, when the provider dies in the middle', async () => {
    const answer = llm({ tokens: 20, ...NOW, fault: { kind: 'close', at: 5 } })('Hi');
    let said = '';
    const iterate = async () => {
      for await (const event of answer) if (event.type === 'content') said += event.content;
    };
    await expect(iterate()).rejects.toMatchObject({ code: 'provider_unavailable', retryable: true });
    await expect(answer).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect(said).not.toBe('');
  });

  it('[RUN-9] has clocks', async () => {
    const silent = llm(
      { tokens: 20, ...NOW, fault: { kind: 'stall', at: 3 } },
      { stream: { idleTimeoutMs: 1_000 } },
    );
    await expect(silent('Hi')).rejects.toMatchObject({ code: 'idle_timeout' });
    expect(() => llm({}, { stream: { idleTimeoutMs: -1 } })).toThrow(ConfigError);
  });

  it('[LIB-1] ends the request of the provider when its signal aborts, before and in the middle', async () => {
    const controller = new AbortController();
    const answer = llm(ENDLESS)('Hi', { signal: controller.signal });
    const reason = new Error('enough');
    await expect(
      (async () => {
        for await (const event of answer) if (event.type === 'content') controller.abort(reason);
      })(),
    ).rejects.toBe(reason);
    await expect(answer).rejects.toBe(reason);
    const request = simulator.requests.at(-1);
    await request?.closed;
    expect(request?.aborted).toBe(true);

    const before = simulator.requests.length;
    await expect(llm(ENDLESS)('Hi', { signal: controller.signal })).rejects.toBe(reason);
    expect(simulator.requests).toHaveLength(before);
  });

  it('[LIB-1] ends the request of the provider when the iteration is left', async () => {
    for await (const event of llm(ENDLESS)('Hi')) if (event.type === 'content') break;
    const request = simulator.requests.at(-1);
    await request?.closed;
    expect(request?.aborted).toBe(true);
  });

  it('[LIB-1] rejects with what a callback throws, and asks no more of the provider', async () => {
    const answer = llm(ENDLESS)('Hi', {
      onContent() {
        throw new RangeError('not mine');
      },
    });
    await expect(answer).rejects.toThrow(new RangeError('not mine'));
    const request = simulator.requests.at(-1);
    await request?.closed;
    expect(request?.aborted).toBe(true);
  });

  it('[RUN-12] bounds an answer', async () => {
    const { content, finishReason } = await llm(ENDLESS, { answerChars: 1000 })('Hi');
    expect([finishReason, content.length]).toEqual(['length', 1000]);
  });

  it('[PROV-2] never tells a key that the provider repeats', async () => {
    const message = 'Incorrect API key provided: sk-secret-secret';
    const answer = llm({ fault: { kind: 'http_error', status: 401, message } }, { key: 'sk-secret-secret' });
    await expect(answer('Hi')).rejects.toMatchObject({
      code: 'provider_auth_failed',
      providerMessage: expect.stringMatching(/Incorrect API key provided: \[redacted\]/),
    });
  });
});
