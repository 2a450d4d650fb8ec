import { jest } from '@jest/globals';
import fc from 'fast-check';
import {
  ChatClientError,
  type ChatClientOptions,
  type ClientEvent,
  createChatClient,
  type ErrorEvent,
  type RunEvent,
} from '../../src/client/index.ts';
import {
  type Behaviour,
  lengthOf,
  RUN_ID,
  ScriptedServer,
  scripted,
  totals,
} from '../support/scripted-server.ts';

const PIECES = ['Hello, ', 'wörld 😀', '\n\ndata: not an event\n', 'end'];
const TEXT = PIECES.join('');
const question = { messages: [{ role: 'user' as const, content: 'Hi' }] };
const FAST = { baseMs: 1, capMs: 4, giveUpAfterMs: 100_000 };

function clientOf(server: { url: string }, options: ChatClientOptions = {}) {
  return createChatClient({ baseUrl: server.url, reconnect: FAST, ...options });
}

async function collect(events: AsyncIterable<ClientEvent>): Promise<ClientEvent[]> {
  const all: ClientEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

function textOf(events: readonly ClientEvent[]): string {
  return events.map((event) => (event.type === 'content' ? event.content : '')).join('');
}

const interrupted = (finalContentLength: number): ErrorEvent => ({
  type: 'error',
  code: 'interrupted',
  message: 'The server stopped.',
  retryable: true,
  ...totals(finalContentLength),
});

describe('sending', () => {
  it('[CLIENT-1] yields the events of the run, ids known', async () => {
    const script = scripted(PIECES);
    await using server = await ScriptedServer.start(script);
    const run = clientOf(server).send(question);
    expect(await collect(run)).toEqual(script);
    expect(run).toMatchObject({
      runId: RUN_ID,
      chatId: 'chat-1',
      content: TEXT,
      connection: { state: 'closed' },
    });
    expect(await run.done).toEqual(script.at(-1));
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual(question);
  });

  it('[CLIENT-1] calls back and iterates at once, with the same events in the same order', async () => {
    const script: RunEvent[] = [
      ...scripted([]).slice(0, 1),
      { type: 'status', message: 'again', attempt: 2, of: 3, retryInMs: 5 },
      { type: 'reasoning', content: 'hm' },
      { type: 'content', content: 'secret', chunkNumber: 1 },
      { type: 'progress', chunksReceived: 5, contentLength: 6, elapsedMs: 9 },
      { type: 'redact', from: 0, to: 3 },
      ...scripted(['secret']).slice(-1),
    ];
    await using server = await ScriptedServer.start(script);
    const called: unknown[] = [];
    const note = (name: string) => (event: { type: string }) => called.push([name, event.type]);
    const run = clientOf(server).send(question, {
      onStart: note('onStart'),
      onStatus: note('onStatus'),
      onReasoning: (content, event) => called.push(['onReasoning', event.type, content]),
      onContent: (content, event) => called.push(['onContent', event.type, content]),
      onProgress: note('onProgress'),
      onRedact: note('onRedact'),
      onComplete: note('onComplete'),
      onError: () => called.push('never'),
      onConnection: ({ state }) => called.push(state),
    });
    expect(await collect(run)).toEqual(script);
    expect(called).toEqual([
      'open',
      ['onStart', 'start'],
      ['onStatus', 'status'],
      ['onReasoning', 'reasoning', 'hm'],
      ['onContent', 'content', 'secret'],
      ['onProgress', 'progress'],
      ['onRedact', 'redact'],
      ['onComplete', 'complete'],
      'closed',
    ]);
    expect(run.content).toBe('███ret');
    expect(run.reasoning).toBe('hm');
  });

  it('[CLIENT-1] gives the whole text to an iteration that begins late', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES));
    const called: string[] = [];
    const run = clientOf(server).send(question, { onContent: (content) => called.push(content) });
    const terminal = await run.done;
    expect(called).toEqual(PIECES);
    const events = await collect(run);
    expect(events.map(({ type }) => type)).toEqual(['start', 'content', 'complete']);
    expect(textOf(events)).toBe(TEXT);
    expect(events.at(-1)).toEqual(terminal);
    expect(() => run[Symbol.asyncIterator]()).toThrow(TypeError);
  });

  it('[CLIENT-1] an exception in a callback is reported, and stops nothing', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES));
    const thrown: unknown[] = [];
    const microtasks = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
      try {
        task();
      } catch (error) {
        thrown.push(error);
      }
    });
    const failure = new Error('in a callback');
    const run = clientOf(server).send(question, {
      onContent: () => {
        throw failure;
      },
    });
    const terminal = await run.done;
    microtasks.mockRestore();
    expect(terminal).toMatchObject({ type: 'complete' });
    expect(thrown).toEqual(PIECES.map(() => failure));
  });

  it('[CLIENT-1] a failed run gives an event, a callback, and a terminal', async () => {
    const failure: ErrorEvent = { ...interrupted(2), code: 'rate_limited', message: 'slow down' };
    await using server = await ScriptedServer.start(scripted(['ab'], failure));
    const errors: unknown[] = [];
    const run = clientOf(server).send(question, { onError: (error, event) => errors.push([error, event]) });
    expect(await run.done).toEqual(failure);
    expect(errors).toEqual([[expect.any(ChatClientError), failure]]);
    expect(errors[0]).toMatchObject([
      { code: 'rate_limited', message: 'slow down', retryable: true, status: null },
      {},
    ]);
  });

  it('[CLIENT-1] a refusal is a ChatClientError everywhere, at once', async () => {
    const error = {
      code: 'chat_busy',
      message: 'Chat c is answering already.',
      details: [{ field: 'chatId', message: 'busy' }],
      requestId: 'request-9',
    };
    await using server = await ScriptedServer.start([], {
      instead: ({ response }) => {
        response.writeHead(409, { 'x-should-retry': 'false' }).end(JSON.stringify({ error }));
        return true;
      },
    });
    const errors: ChatClientError[] = [];
    const run = clientOf(server).send(question, { onError: (cause) => errors.push(cause) });
    const expected = { name: 'ChatClientError', status: 409, retryable: false, ...error };
    await expect(run.done).rejects.toMatchObject(expected);
    await expect(collect(run)).rejects.toMatchObject(expected);
    expect(errors).toMatchObject([expected]);
    expect(server.requests).toHaveLength(1);
    await run.stop();
    expect(server.requests).toHaveLength(1);
  });

  it('[CLIENT-3] two clients never share state', async () => {
    await using one = await ScriptedServer.start(scripted(['one', '1']), { cuts: [700, 150] });
    await using other = await ScriptedServer.start(scripted(['other', '2']), { cuts: [500, 150] });
    const runs = [one, other, one, other].map((server) => clientOf(server).send(question));
    expect((await Promise.all(runs.map(collect))).map(textOf)).toEqual(['one1', 'other2', 'one1', 'other2']);
  });

  it('[CHAT-8] sends a key that it is given', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES));
    await clientOf(server).send(question, { idempotencyKey: 'mine' }).done;
    expect([...server.keys]).toEqual(['mine']);
  });

  it('sends headers of its own, asked for each time', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES), { cuts: [300] });
    let token = 0;
    const headers = async () => ({ authorization: `Bearer ${++token}` });
    await clientOf(server, { headers }).send(question).done;
    expect(server.requests.map((request) => request.headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
  });
});

describe('cuts', () => {
  it('[CLIENT-2] resumes after cuts at any bytes without loss or repetition', async () => {
    const script = scripted(PIECES);
    const whole = lengthOf(script);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole), { maxLength: 6 }), async (cuts) => {
        await using server = await ScriptedServer.start(script, { cuts });
        const run = clientOf(server).send(question);
        // Pieces that arrived whole keep their boundaries; those that were cut are sent again as a whole.
        expect(await collect(run)).toEqual(script);
        expect(server.keys.size).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  it('[CLIENT-2] resumes after every single byte', async () => {
    const script = scripted(['a😀', 'b']);
    for (let cut = 0; cut <= lengthOf(script); cut += 1) {
      await using server = await ScriptedServer.start(script, { cuts: [cut] });
      expect(await collect(clientOf(server).send(question))).toEqual(script);
    }
  });

  it('[CLIENT-2] asks for what is missing by its last event id', async () => {
    const script = scripted(['first', 'second']);
    const upToFirst = 400;
    await using server = await ScriptedServer.start(script, { cuts: [upToFirst] });
    await clientOf(server).send(question).done;
    const [, resume] = server.requests;
    expect(resume).toMatchObject({ method: 'GET', path: `/api/runs/${RUN_ID}/stream?protocol=native` });
    expect(resume?.headers['last-event-id']).toBe(`${RUN_ID}:${'first'.length + 'second'.length}`);
  });

  it('[CLIENT-2] repeats a question whose answer never arrived, with the same key', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES), {
      instead: ({ request, response, number }) => {
        if (number === 1) request.socket.destroy();
        else if (number === 2) response.writeHead(503, { 'retry-after': '0' }).end('<html>');
        return number <= 2;
      },
    });
    expect(textOf(await collect(clientOf(server).send(question)))).toBe(TEXT);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array(3).fill('POST /api/chat'),
    );
    expect(server.keys.size).toBe(1);
  });

  it('[CLIENT-2] ignores what is repeated and trims what is half known', async () => {
    const frame = (position: number, event: unknown) =>
      `id: ${RUN_ID}:${position}\ndata: ${JSON.stringify(event)}\n\n`;
    const script = scripted(['abcdef']);
    await using server = await ScriptedServer.start(script, {
      cuts: [380],
      instead: ({ request, response }) => {
        if (request.method !== 'GET') return false;
        response.writeHead(200, { 'content-type': 'text/event-stream', 'x-run-id': RUN_ID });
        // A proxy that answers from its own memory: everything once more, cut differently.
        response.write(frame(0, script[0]));
        response.write(frame(3, { type: 'content', content: 'abc', chunkNumber: 1 }));
        response.write(frame(9, { type: 'content', content: 'defghi', chunkNumber: 2 }));
        response.end(frame(10, { type: 'complete', finishReason: 'stop', ...totals(9) }));
        return true;
      },
    });
    expect(lengthOf(script)).toBeGreaterThan(380);
    expect(textOf(await collect(clientOf(server).send(question)))).toBe('abcdefghi');
  });

  it('[CLIENT-2] considers a silent connection dead', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES), {
      instead: ({ response, number }) => {
        if (number > 1) return false;
        response.writeHead(200, { 'content-type': 'text/event-stream', 'x-run-id': RUN_ID }).flushHeaders();
        return true;
      },
    });
    const states: string[] = [];
    const onConnection = ({ state }: { state: string }) => states.push(state);
    const run = clientOf(server, { idleMs: 50 }).send(question, { onConnection });
    expect(textOf(await collect(run))).toBe(TEXT);
    expect(states).toEqual(['open', 'reconnecting', 'open', 'closed']);
  });

  it('[CLIENT-2] gives up with an error, in time, and reports each attempt', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES), {
      cuts: [300],
      instead: ({ request, number }) => {
        if (number > 1) request.socket.destroy();
        return number > 1;
      },
    });
    const attempts: number[] = [];
    const run = clientOf(server, { reconnect: { baseMs: 5, capMs: 20, giveUpAfterMs: 2_000 } }).send(
      question,
      {
        onConnection: (connection) => {
          if (connection.state === 'reconnecting') attempts.push(connection.attempt);
        },
      },
    );
    await expect(collect(run)).rejects.toMatchObject({ code: 'gave_up', retryable: true });
    expect(attempts.length).toBeGreaterThan(2);
    expect(attempts).toEqual(attempts.map((_, index) => index + 1));
    expect(server.requests).toHaveLength(attempts.length + 1);
  });

  it('[CLIENT-2] does not retry what cannot succeed', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES), {
      cuts: [300],
      instead: ({ response, number }) => {
        if (number === 2) response.writeHead(404).end('{"error":{"code":"not_found","message":"gone"}}');
        return number === 2;
      },
    });
    await expect(clientOf(server).send(question).done).rejects.toMatchObject({
      code: 'not_found',
      status: 404,
    });
    expect(server.requests).toHaveLength(2);
  });

  it('[CLIENT-2] cuts the text to what was stored before a crash, with an event', async () => {
    const crash = (left: number): Behaviour['instead'] => {
      return ({ request, response }) => {
        if (request.method !== 'GET') return false;
        if (request.url?.includes('/stream')) response.writeHead(204).end();
        else response.writeHead(200).end(JSON.stringify({ terminal: interrupted(left) }));
        return true;
      };
    };
    const script = scripted(['abcdef', 'ghi']);
    await using server = await ScriptedServer.start(script, {
      cuts: [lengthOf(script) - 10],
      instead: crash(4),
    });
    const cuts: number[] = [];
    const run = clientOf(server).send(question, { onCut: ({ to }) => cuts.push(to) });
    const events = await collect(run);
    expect(events.slice(-2)).toEqual([{ type: 'cut', to: 4 }, interrupted(4)]);
    expect(cuts).toEqual([4]);
    expect(run.content).toBe('abcd');
  });

  it('[CLIENT-2] does not give up while there is no network, and comes back as soon as there is', async () => {
    const network = new EventTarget();
    const navigator = { onLine: false };
    const globals = {
      navigator: { value: navigator, configurable: true },
      addEventListener: { value: network.addEventListener.bind(network), configurable: true },
      removeEventListener: { value: network.removeEventListener.bind(network), configurable: true },
    };
    await using server = await ScriptedServer.start(scripted(PIECES), { cuts: [300] });
    Object.defineProperties(globalThis, globals);
    try {
      const reconnect = { baseMs: 1, capMs: 60_000, giveUpAfterMs: 10 };
      const pauses: unknown[] = [];
      const run = clientOf(server, { reconnect }).send(question, {
        onConnection: (connection) => {
          if (connection.state !== 'reconnecting') return;
          pauses.push(connection);
          navigator.onLine = true;
          setImmediate(() => network.dispatchEvent(new Event('online')));
        },
      });
      expect(await run.done).toMatchObject({ type: 'complete' });
      expect(pauses).toEqual([{ state: 'reconnecting', attempt: 1, retryInMs: 60_000, offline: true }]);
      expect(server.requests).toHaveLength(2);
    } finally {
      for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name);
    }
  });
});

describe('responses that are not the protocol', () => {
  const stream = (frames: string): Behaviour => ({
    instead: ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-run-id': RUN_ID }).end(frames);
      return true;
    },
  });
  const content = (position: number, text: string) =>
    `id: ${RUN_ID}:${position}\ndata: ${JSON.stringify({ type: 'content', content: text, chunkNumber: 1 })}\n\n`;

  it.each([
    ['no JSON', `id: ${RUN_ID}:1\ndata: [DONE]\n\n`],
    ['no id', 'data: {"type":"content","content":"a","chunkNumber":1}\n\n'],
    ['no type', `id: ${RUN_ID}:1\ndata: {"text":"a"}\n\n`],
    ['a field missing', `id: ${RUN_ID}:1\ndata: {"type":"content"}\n\n`],
    ['another run', content(1, 'a').replace(RUN_ID, 'another')],
    ['a hole in the text', content(1, 'a') + content(5, 'b')],
  ])('[CLIENT-2] ends with an error, and not with half an answer: %s', async (_, frames) => {
    await using server = await ScriptedServer.start([], stream(frames));
    await expect(clientOf(server).send(question).done).rejects.toMatchObject({ code: 'protocol_error' });
    expect(server.requests).toHaveLength(1);
  });

  it('[CLIENT-1] ignores unknown events', async () => {
    const unknown = `id: ${RUN_ID}:0\ndata: {"type":"weather","rain":true}\n\n`;
    const terminal = JSON.stringify({ type: 'complete', finishReason: 'stop', ...totals(1) });
    const frames = `${unknown}: ping\n\n${content(1, 'a')}${unknown}id: ${RUN_ID}:2\ndata: ${terminal}\n\n`;
    await using server = await ScriptedServer.start([], stream(frames));
    const events = await collect(clientOf(server).send(question));
    expect(events.map(({ type }) => type)).toEqual(['content', 'complete']);
  });

  it('[PART-4] keeps its position over events that it does not know, also when the connection is cut', async () => {
    const unknown = (position: number) =>
      `id: ${RUN_ID}:${position}\ndata: {"type":"tool_call","name":"x"}\n\n`;
    const terminal = JSON.stringify({ type: 'complete', finishReason: 'stop', ...totals(2) });
    const frames = [content(1, 'a'), unknown(2), unknown(2), content(3, 'b'), unknown(7)];
    const end = `id: ${RUN_ID}:8\ndata: ${terminal}\n\n`;
    await using server = await ScriptedServer.start([], {
      instead: ({ request, response }) => {
        const after = request.headers['last-event-id'];
        response.writeHead(200, {
          'content-type': 'text/event-stream',
          'x-run-id': RUN_ID,
          'x-chat-id': 'chat',
        });
        // Cut behind an unknown event, then again where only the terminal is missing.
        if (after === undefined) response.write(frames.slice(0, 2).join(''), () => response.destroy());
        else if (after === `${RUN_ID}:2`) response.write(frames.slice(2).join(''), () => response.destroy());
        else response.end(after === `${RUN_ID}:7` ? end : '');
        return true;
      },
    });
    const events = await collect(clientOf(server).send(question));
    expect(textOf(events)).toBe('ab');
    expect(events.at(-1)).toMatchObject({ type: 'complete' });
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([
      undefined,
      `${RUN_ID}:2`,
      `${RUN_ID}:7`,
    ]);
  });

  it('[CLIENT-2] retries while a captive portal responds instead', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES), {
      instead: ({ response, number }) => {
        if (number <= 2)
          response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome!</html>');
        return number <= 2;
      },
    });
    expect(textOf(await collect(clientOf(server).send(question)))).toBe(TEXT);
    expect(server.keys.size).toBe(1);
  });
});

describe('ending early', () => {
  it('[CLIENT-2] stop() stops the run on the server; its terminal still comes', async () => {
    const stopped: RunEvent = { type: 'stopped', cause: 'user_stop', ...totals(3) };
    await using server = await ScriptedServer.start(scripted(['abc'], stopped), { holdAfter: 2 });
    const run = clientOf(server).send(question);
    await run.stop();
    expect(server.requests.map(({ path }) => path)).toContain(`/api/runs/${RUN_ID}/stop`);
    expect((await collect(run)).at(-1)).toEqual(stopped);
    await run.stop();
    expect(server.requests).toHaveLength(2);
  });

  it('[CLIENT-2] leave() and the signal only leave, and close the connection', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES), { holdAfter: 2 });
    const client = clientOf(server);
    for (const how of ['leave', 'signal', 'break'] as const) {
      const controller = new AbortController();
      const run = client.send(question, { signal: controller.signal });
      const events: ClientEvent[] = [];
      for await (const event of run) {
        events.push(event);
        if (event.type !== 'content') continue;
        if (how === 'break') break;
        if (how === 'leave') run.leave();
        else controller.abort();
      }
      expect(events.map(({ type }) => type)).toEqual(['start', 'content']);
      await expect(run.done).rejects.toMatchObject({ code: 'left' });
    }
    while (server.openStreams > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array(3).fill('POST /api/chat'),
    );
  });

  it('[CLIENT-2] leaving calls no onError, also before the server has answered', async () => {
    await using server = await ScriptedServer.start([], { instead: () => true });
    const called: string[] = [];
    const run = clientOf(server).send(question, {
      onError: () => called.push('error'),
      onConnection: ({ state }) => called.push(state),
    });
    run.leave();
    await expect(run.done).rejects.toMatchObject({ code: 'left' });
    expect(await collect(run)).toEqual([]);
    expect(called).toEqual(['closed']);
    const controller = new AbortController();
    controller.abort();
    await expect(clientOf(server).send(question, { signal: controller.signal }).done).rejects.toThrow(
      ChatClientError,
    );
    expect(server.requests).toHaveLength(0);
  });

  it('[CLIENT-1] callbacks go on when a loop is left early', async () => {
    await using server = await ScriptedServer.start(scripted(PIECES));
    let heard = '';
    const run = clientOf(server).send(question, {
      onContent: (content) => {
        heard += content;
      },
    });
    for await (const event of run) if (event.type === 'content') break;
    await run.done;
    expect(heard).toBe(TEXT);
  });
});

describe('pace', () => {
  it('[CLIENT-1] reads nothing between pulls', async () => {
    const size = 64 * 1024;
    const total = 1000;
    let written = 0;
    let stalled: () => void = () => {};
    const stall = new Promise<void>((resolve) => {
      stalled = resolve;
    });
    await using server = await ScriptedServer.start([], {
      instead: ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'x-run-id': RUN_ID });
        let quiet: NodeJS.Timeout | undefined;
        const write = () => {
          clearTimeout(quiet);
          while (written < total) {
            written += 1;
            const event = { type: 'content', content: 'x'.repeat(size), chunkNumber: written };
            const more = response.write(
              `id: ${RUN_ID}:${written * size}\ndata: ${JSON.stringify(event)}\n\n`,
            );
            if (!more) break;
          }
          quiet = setTimeout(stalled, 200);
        };
        response.on('drain', write);
        response.on('close', () => clearTimeout(quiet));
        write();
        return true;
      },
    });
    const run = clientOf(server).send(question);
    let read = 0;
    for await (const event of run) {
      read += 1;
      if (read < 3) continue;
      await stall;
      expect(event.type).toBe('content');
      break;
    }
    expect(written).toBeLessThan(total / 2);
  });
});
