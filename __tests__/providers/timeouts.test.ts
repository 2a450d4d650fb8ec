import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCAL } from '../../src/auth/principal.ts';
import { configFrom } from '../../src/config.ts';
import { parseQuestion } from '../../src/http/protocols/native/request.ts';
import { withRetry } from '../../src/providers/attempts/retry.ts';
import { type AttemptClocks, withClocks, withTotalClock } from '../../src/providers/attempts/timeouts.ts';
import { createLLMFunction } from '../../src/providers/llm-function.ts';
import { ollama } from '../../src/providers/openai-dialects.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { eventsOf } from '../../src/runs/events-of.ts';
import type { Completion, Producer, Sink } from '../../src/runs/producer.ts';
import { createService } from '../../src/service.ts';
import { allEvents, ask, terminalOf, textOf } from '../support/events.ts';
import { openaiWire } from '../support/fake-openai.ts';
import { startFake } from '../support/fake-provider.ts';
import { serverProcess } from '../support/server-process.ts';
import { startService } from '../support/service.ts';

const DONE: Completion = { finishReason: 'stop', usage: null };
const NEVER = new Promise<Completion>(() => {});
const LONG: AttemptClocks = { firstTokenTimeoutMs: 60_000, idleTimeoutMs: 60_000 };

class Notes implements Sink {
  text = '';
  statuses = 0;
  content(text: string): void {
    this.text += text;
  }
  reasoning(): void {}
  redact(): void {}
  status(): void {
    this.statuses += 1;
  }
  emit(): void {}
}

const run = (producer: Producer, notes = new Notes(), signal = new AbortController().signal) =>
  producer(notes, signal);

describe('[RUN-9] a timeout decides, even if the work never settles', () => {
  it.each<[code: string, producer: Producer]>([
    ['first_token_timeout', withClocks(() => NEVER, { ...LONG, firstTokenTimeoutMs: 20 })],
    [
      'idle_timeout',
      withClocks(
        (sink) => {
          sink.content('One');
          return NEVER;
        },
        { ...LONG, idleTimeoutMs: 20 },
      ),
    ],
    ['total_timeout', withTotalClock(() => NEVER, 20)],
    [
      'total_timeout',
      withTotalClock(
        withRetry(
          withClocks(() => NEVER, LONG),
          retrying(),
        ),
        20,
      ),
    ],
  ])('%s, also of a producer that never settles', async (code, producer) => {
    await expect(run(producer)).rejects.toMatchObject({ code });
  });

  it('a stop is not delayed by it', async () => {
    const controller = new AbortController();
    const stopped = run(
      withClocks(() => NEVER, LONG),
      new Notes(),
      controller.signal,
    );
    controller.abort();
    await expect(stopped).rejects.toThrow();
  });

  it('and ignores output of an attempt that timed out, while the next one answers', async () => {
    const sinks: Sink[] = [];
    const notes = new Notes();
    const producer: Producer = (sink) => {
      if (sinks.push(sink) === 1) return NEVER;
      sinks[0]?.content('late ');
      sink.content('Answer');
      sinks[0]?.status({ message: 'late', attempt: 9, of: 9, retryInMs: 0 });
      return Promise.resolve(DONE);
    };
    await run(withRetry(withClocks(producer, { ...LONG, firstTokenTimeoutMs: 20 }), retrying()), notes);
    expect([notes.text, notes.statuses]).toEqual(['Answer', 1]);
  });

  it("also a custom provider's: the run ends in an error, and the chat is free", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'llm-clocks-'));
    try {
      const provider: Provider = { name: 'openai', attempt: () => () => NEVER };
      const config = configFrom({
        environment: 'test',
        database: { url: `file:${join(folder, 'chat.db')}` },
        stream: { firstTokenTimeoutMs: 20 },
        retry: { attempts: 1 },
        logging: { level: 'silent' },
      });
      await using service = await createService(config, { providers: [provider] });
      const question = { chatId: 'hung', messages: [{ role: 'user', content: 'Hi' }] };
      for (let time = 0; time < 2; time += 1) {
        const limits = { messagesPerRequest: 10, messageChars: 100 };
        const asked = await service.chats.ask(parseQuestion(question, limits), {
          principal: LOCAL,
          requestId: null,
          protocol: 'native',
        });
        const events = [];
        for await (const event of eventsOf(asked)) events.push(event);
        expect(events.at(-1)).toMatchObject({ type: 'error', code: 'first_token_timeout' });
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('[RUN-9] silence', () => {
  it('does not include activity of the provider', async () => {
    const producer: Producer = async (sink) => {
      sink.content('One');
      for (let times = 0; times < 20; times += 1) {
        await sleep(200);
        sink.alive?.();
      }
      sink.content(' two');
      return DONE;
    };
    const notes = new Notes();
    await run(withClocks(producer, { ...LONG, idleTimeoutMs: 2_000 }), notes);
    expect(notes.text).toBe('One two');
  });

  it('is bounded also with activity but without text', async () => {
    const producer: Producer = async (sink, signal) => {
      sink.content('One');
      for (;;) {
        await sleep(5, undefined, { signal });
        sink.alive?.();
      }
    };
    const started = performance.now();
    await expect(run(withClocks(producer, { ...LONG, idleTimeoutMs: 200 }))).rejects.toMatchObject({
      code: 'idle_timeout',
    });
    expect(performance.now() - started).toBeGreaterThan(1_900);
  });

  it('starts after the first text, not before', async () => {
    const producer: Producer = async (sink, signal) => {
      for (;;) {
        await sleep(5, undefined, { signal });
        sink.alive?.();
      }
    };
    await expect(run(withClocks(producer, { ...LONG, firstTokenTimeoutMs: 100 }))).rejects.toMatchObject({
      code: 'first_token_timeout',
    });
  });
});

describe('[RUN-9] a pause of the process', () => {
  const chunk = (content: string, finish: string | null = null) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;

  it.each([
    ['first token', 'first_token_timeout_ms', false],
    ['idle', 'idle_timeout_ms', true],
    ['total', 'total_timeout_ms', true],
  ])('is not held against the provider by the %s clock', async (_what, setting, begun) => {
    const folder = await mkdtemp(join(tmpdir(), 'llm-pause-'));
    const waiting: ServerResponse[] = [];
    const upstream = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(begun ? chunk('One ') : ': working on it\n\n');
      waiting.push(response);
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    try {
      const file = join(folder, 'own.toml');
      await writeFile(file, `[stream]\n${setting} = 3000\n[retry]\nattempts = 1\n`);
      await using server = await serverProcess({
        CONFIG_PATH: file,
        DATABASE_URL: `file:${join(folder, 'chat.db')}`,
        OPENAI_API_KEY: 'sk-0123',
        OPENAI_BASE_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`,
      });
      const answers = [1, 2, 3].map((number) => allEvents(ask(server.url, 'Hi', { chatId: `c${number}` })));
      while (waiting.length < 3) await sleep(10);
      server.signal('SIGSTOP');
      for (const response of waiting) response.end(`${chunk('two', 'stop')}data: [DONE]\n\n`);
      await sleep(6_000);
      server.signal('SIGCONT');
      for (const events of await Promise.all(answers)) {
        expect(terminalOf(events)).toMatchObject({ type: 'complete' });
        expect(textOf(events)).toBe(begun ? 'One two' : 'two');
      }
    } finally {
      upstream.closeAllConnections();
      upstream.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('[RUN-9] Ollama', () => {
  it('has time to load a model, and gets one request', async () => {
    let requests = 0;
    const upstream = createServer((request, response) => {
      request.resume();
      requests += 1;
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(openaiWire().stream({ content: ['Loaded'] }).before + openaiWire().stream({}).end);
      }, 1_200);
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const provider = ollama({ baseUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1` });
    const stream = { firstTokenTimeoutMs: 800 };
    try {
      const { content } = await createLLMFunction({ provider, model: 'm', stream })('Hi');
      expect([content, requests]).toEqual(['Loaded', 1]);
    } finally {
      upstream.closeAllConnections();
      upstream.close();
    }
  });

  it('is not retried after this timeout, which would restart the loading', async () => {
    await using fake = await startFake(openaiWire());
    fake.reply = { after: 'silence' };
    const provider = ollama({ baseUrl: `${fake.url}/v1` });
    const stream = { firstTokenTimeoutMs: 30 };
    await expect(createLLMFunction({ provider, model: 'm', stream })('Hi')).rejects.toMatchObject({
      code: 'first_token_timeout',
    });
    expect(fake.requests).toHaveLength(1);
  });
});

it('[SSE-3] every `status` is delivered, also when the provider refuses at once', async () => {
  const gone = await startFake(openaiWire());
  await gone[Symbol.asyncDispose]();
  await using service = await startService({
    azure: null,
    config: {
      access: { openai: { apiKey: 'sk-0123', baseUrl: `${gone.url}/v1` } },
      retry: { attempts: 3, baseMs: 20, capMs: 20 },
    },
  });
  // Ten failures in a row would open the circuit.
  for (let time = 0; time < 3; time += 1) {
    const events = await allEvents(ask(service.url, 'Hi'));
    expect(events.filter(({ type }) => type === 'status')).toMatchObject([{ attempt: 2 }, { attempt: 3 }]);
    expect(terminalOf(events)).toMatchObject({ type: 'error', code: 'provider_unavailable' });
  }
});

function retrying() {
  return { attempts: 3, baseMs: 1, capMs: 1 };
}
