import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { RunEvent } from '../../src/wire/events.ts';
import { allEvents, ask, post, readEvents, terminalOf, textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

const NOW = { delayMs: 0, firstDelayMs: 0 };

interface RunRow {
  status: string;
  cause: string;
}

describe('the stream', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ config: { stream: { heartbeatMs: 25, firstTokenTimeoutMs: 5_000 } } });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const runIdOf = (response: Response) => String(response.headers.get('x-run-id'));
  const stop = (runId: string) => post(`${service.url}/api/runs/${runId}/stop`, {});
  const row = (runId: string) =>
    service.query<RunRow>('SELECT status, cause FROM Run WHERE id = ?', runId)[0];
  /** Resolves when the run has ended, without being a reader of it. */
  const ended = async (runId: string) =>
    terminalOf(await allEvents(fetch(`${service.url}/api/runs/${runId}/stream`)));

  it('[SSE-1] sends its headers before the first token, and is never compressed', async () => {
    service.simulator.setBehaviour({ fault: { kind: 'stall', at: 'start' } });
    const response = await post(
      `${service.url}/api/chat`,
      { chatId: 'headers', messages: [{ role: 'user', content: 'Hi' }] },
      { 'accept-encoding': 'gzip, br', 'x-request-id': 'request-7' },
    );
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-chat-id': 'headers',
      'x-run-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-request-id': 'request-7',
    });
    expect(response.headers.get('content-encoding')).toBeNull();
    await stop(runIdOf(response));
    terminalOf(await allEvents(response));
  });

  it('[SSE-2] every event is an id and one line of JSON, and nothing else', async () => {
    service.simulator.setBehaviour({ chunks: ['one\n', 'data: two\n\n', '😀'], ...NOW });
    const response = await ask(service.url, 'Hi');
    const runId = runIdOf(response);
    const body = await response.text();
    expect(body.endsWith('\n\n')).toBe(true);
    const frames = body
      .replaceAll(/(?<=^|\n): ping\n/g, '')
      .split('\n\n')
      .filter((frame) => frame !== '');
    for (const frame of frames) expect(frame).toMatch(new RegExp(`^id: ${runId}:\\d+\ndata: \\{.+\\}$`));
    expect(frames[0]).toContain(`id: ${runId}:0\ndata: {"type":"start"`);
    expect(frames.at(-1)).toContain(`id: ${runId}:18\ndata: {"type":"complete"`);
  });

  it('[SSE-2] one token of a megabyte arrives whole', async () => {
    service.simulator.setBehaviour({ tokens: 1, tokenChars: 1_000_000, ...NOW });
    const events = await allEvents(ask(service.url, 'Hi'));
    expect(textOf(events)).toBe('0 '.padStart(1_000_000, '.'));
    expect(terminalOf(events)).toMatchObject({
      type: 'complete',
      finalContentLength: 1_000_000,
      totalChunks: 1,
    });
  });

  it('[SSE-2] an emoji that the provider cuts in half arrives whole; what no database can hold does not arrive', async () => {
    service.simulator.setBehaviour({
      chunks: ['a\ud83d', '\ude00b', '\udc00', 'nul\0', '\ud83d'],
      delayMs: 5,
      firstDelayMs: 0,
    });
    const events = await allEvents(ask(service.url, 'Hi', { chatId: 'halves' }));
    for (const event of events) if (event.type === 'content') expect(event.content.isWellFormed()).toBe(true);
    expect(textOf(events)).toBe('a😀b\ufffdnul\ufffd\ufffd');
    expect(
      service.query("SELECT content FROM Message WHERE role = 'assistant' AND chatId = 'halves'"),
    ).toEqual([{ content: 'a😀b\ufffdnul\ufffd\ufffd' }]);
  });

  it('[SSE-3] has every kind of event: start, content, progress, complete', async () => {
    service.simulator.setBehaviour({ tokens: 12, delayMs: 4, firstDelayMs: 0 });
    const events = await allEvents(ask(service.url, 'Hi', { chatId: 'types' }));
    const [start] = events;
    expect(start).toEqual({
      id: expect.stringMatching(/:0$/),
      type: 'start',
      chatId: 'types',
      runId: expect.any(String),
      messageId: expect.any(String),
      model: expect.any(String),
      provider: 'azure',
    });
    const content = events.filter((event) => event.type === 'content');
    expect(content.map((event) => event.type === 'content' && event.chunkNumber)).toEqual(
      content.map((_, index) => index + 1),
    );
    const progress = events.filter((event) => event.type === 'progress');
    expect(progress.length).toBeLessThanOrEqual(2);
    for (const event of progress) {
      expect(event).toEqual({
        id: expect.any(String),
        type: 'progress',
        chunksReceived: expect.any(Number),
        contentLength: expect.any(Number),
        elapsedMs: expect.any(Number),
      });
    }
    expect(terminalOf(events)).toEqual({
      id: expect.any(String),
      type: 'complete',
      finishReason: 'stop',
      totalChunks: 12,
      finalContentLength: textOf(events).length,
      totalTime: expect.any(Number),
      timeToFirstToken: expect.any(Number),
      usage: {
        promptTokens: expect.any(Number),
        completionTokens: expect.any(Number),
        reasoningTokens: 0,
        totalTokens: expect.any(Number),
        estimated: false,
      },
    });
  });

  it('[SSE-3] at most one progress event follows a content event, after every fifth chunk at the earliest', async () => {
    service.simulator.setBehaviour({ tokens: 500, delayMs: 0, firstDelayMs: 0, split: 3 });
    const events = await allEvents(ask(service.url, 'Hi'));
    let reported = 0;
    for (const [index, event] of events.entries()) {
      if (event.type !== 'progress') continue;
      expect(events[index - 1]?.type).toBe('content');
      expect(Math.floor(event.chunksReceived / 5)).toBeGreaterThan(Math.floor(reported / 5));
      reported = event.chunksReceived;
    }
    expect(reported).toBeGreaterThan(5);
  });

  it('[SSE-4] a single token is sent at once', async () => {
    service.simulator.setBehaviour({ chunks: ['first', ' second'], delayMs: 600_000, firstDelayMs: 0 });
    const response = await ask(service.url, 'Hi');
    const events: RunEvent[] = [];
    for await (const event of readEvents(response)) {
      events.push(event);
      if (event.type !== 'content') continue;
      await post(`${service.url}/api/runs/${response.headers.get('x-run-id')}/stop`, {});
    }
    expect([textOf(events), terminalOf(events).type]).toEqual(['first', 'stopped']);
  });

  it('[SSE-4] tokens that arrive together are sent together', async () => {
    service.simulator.setBehaviour({ tokens: 2_000, ...NOW });
    const events = await allEvents(ask(service.url, 'Hi'));
    const content = events.filter(({ type }) => type === 'content');
    expect(terminalOf(events).totalChunks).toBe(2_000);
    expect(content.length).toBeLessThan(1_000);
  });

  it('[RUN-8] a heartbeat comes before the first token too, and never inside an event', async () => {
    service.simulator.setBehaviour({ fault: { kind: 'stall', at: 'start' } });
    const response = await ask(service.url, 'Hi');
    let seen = '';
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      seen += text;
      if (seen.split(': ping\n').length > 3) break;
    }
    await stop(runIdOf(response));
    expect(seen.replaceAll(': ping\n', '')).toMatch(/^id: \S+:0\ndata: \{"type":"start".+\}\n\n$/);
  });

  it('[RUN-3] a client that has the terminal event can query and post at once', async () => {
    service.simulator.setBehaviour({ chunks: ['Hello'], ...NOW });
    for (let turn = 0; turn < 40; turn += 1) {
      const response = await ask(service.url, `Question ${turn}`, { chatId: 'at-once' });
      expect(response.status).toBe(200);
      const runId = runIdOf(response);
      for await (const event of readEvents(response)) {
        if (event.type === 'complete') {
          expect(row(runId)).toEqual({ status: 'complete', cause: 'stop' });
          break;
        }
      }
    }
    expect(service.query("SELECT count(*) AS n FROM Message WHERE chatId = 'at-once'")).toEqual([{ n: 80 }]);
  });

  describe('when a reader leaves', () => {
    const leave = async (onDisconnect?: 'continue' | 'cancel') => {
      service.simulator.setBehaviour({ tokens: 60, delayMs: 4, firstDelayMs: 0 });
      const asked = service.simulator.nextRequest();
      const response = await ask(service.url, 'Hi', onDisconnect ? { options: { onDisconnect } } : {});
      for await (const event of readEvents(response)) if (event.type === 'content') break;
      return { runId: runIdOf(response), upstream: await asked };
    };

    it('[RUN-1] the run goes on', async () => {
      const { runId } = await leave();
      expect(await ended(runId)).toMatchObject({ type: 'complete', totalChunks: 60 });
      expect(row(runId)).toEqual({ status: 'complete', cause: 'stop' });
    });

    it('[RUN-1] [RUN-5] it stops if the request asked for that, and the connection to the provider is closed', async () => {
      const { runId, upstream } = await leave('cancel');
      await upstream.closed;
      expect(upstream.aborted).toBe(true);
      expect(await ended(runId)).toMatchObject({ type: 'stopped', cause: 'reader_left' });
      expect(row(runId)).toEqual({ status: 'stopped', cause: 'reader_left' });
    });

    it('[RUN-1] it stops only when the last of several has left', async () => {
      service.simulator.setBehaviour({ tokens: 40, delayMs: 5, firstDelayMs: 0 });
      const first = await ask(service.url, 'Hi', { options: { onDisconnect: 'cancel' } });
      const second = await fetch(`${service.url}/api/runs/${runIdOf(first)}/stream`);
      await first.body?.cancel();
      expect(terminalOf(await allEvents(second))).toMatchObject({ type: 'complete', totalChunks: 40 });
    });

    it('[RUN-1] the configuration can set that for all, and a request override it', async () => {
      await using cancelling = await startService({
        config: { stream: { onDisconnect: 'cancel' } },
        script: { tokens: 40, delayMs: 4, firstDelayMs: 0 },
      });
      const leaving = async (more: Record<string, unknown>) => {
        const response = await ask(cancelling.url, 'Hi', more);
        for await (const event of readEvents(response)) if (event.type === 'content') break;
        return terminalOf(await allEvents(fetch(`${cancelling.url}/api/runs/${runIdOf(response)}/stream`)));
      };
      expect(await leaving({})).toMatchObject({ type: 'stopped', cause: 'reader_left' });
      expect(await leaving({ options: { onDisconnect: 'continue' } })).toMatchObject({ type: 'complete' });
    });

    it('[RUN-1] also if it left while its question was being stored', async () => {
      service.simulator.setBehaviour({ tokens: 'endless', delayMs: 5, firstDelayMs: 0 });
      const before = service.query<{ n: number }>('SELECT count(*) AS n FROM Run')[0]?.n ?? 0;
      const body = JSON.stringify({
        messages: [{ role: 'user', content: 'Hi' }],
        options: { onDisconnect: 'cancel' },
      });
      for (let turn = 0; turn < 20; turn += 1) {
        const leaving = httpRequest(`${service.url}/api/chat`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
        });
        leaving.on('error', () => {});
        leaving.end(body);
        await once(leaving, 'finish');
        await new Promise((resolve) => setTimeout(resolve, turn / 4));
        leaving.destroy();
      }
      await until(async () => (await liveRuns()).length === 0 && service.simulator.activeRequests === 0);
      const causes = service.query<RunRow>(
        'SELECT DISTINCT cause FROM Run ORDER BY rowid LIMIT -1 OFFSET ?',
        before,
      );
      expect(causes.every(({ cause }) => cause === 'reader_left')).toBe(true);
    });
  });

  describe('stopping', () => {
    it('[RUN-4] ends the run for everybody, keeps the text, and closes the connection to the provider', async () => {
      service.simulator.setBehaviour({ tokens: 'endless', delayMs: 2, firstDelayMs: 0 });
      const asked = service.simulator.nextRequest();
      const first = await ask(service.url, 'Hi', { chatId: 'stopping' });
      const runId = runIdOf(first);
      const second = await fetch(`${service.url}/api/runs/${runId}/stream`);
      const seen: string[] = [];
      for await (const event of readEvents(first)) {
        if (event.type === 'content' && seen.push(event.content) === 3) break;
      }
      expect((await stop(runId)).status).toBe(202);
      const events = await allEvents(second);
      expect(terminalOf(events)).toMatchObject({ type: 'stopped', cause: 'user_stop' });
      expect(textOf(events).startsWith(seen.join(''))).toBe(true);
      expect(
        service.query("SELECT status, content FROM Message WHERE chatId = 'stopping' AND position = 1"),
      ).toEqual([{ status: 'stopped', content: textOf(events) }]);
      const upstream = await asked;
      await upstream.closed;
      expect(upstream.aborted).toBe(true);
    });

    it('[RUN-4] is idempotent, and returns how the run ended', async () => {
      service.simulator.setBehaviour({ tokens: 'endless', delayMs: 2, firstDelayMs: 0 });
      const response = await ask(service.url, 'Hi');
      const runId = runIdOf(response);
      const together = await Promise.all(Array.from({ length: 10 }, () => stop(runId)));
      for (const { status } of together) expect([200, 202]).toContain(status);
      const terminal = terminalOf(await allEvents(response));
      const later = await stop(runId);
      expect(later.status).toBe(200);
      const { id: _, ...event } = { id: '', ...terminal };
      expect(await later.json()).toMatchObject({ runId, terminal: event });
    });

    it('[RUN-4] of an older run never stops a newer one', async () => {
      service.simulator.setBehaviour({ chunks: ['Hello'], ...NOW });
      const old = await ask(service.url, 'Hi', { chatId: 'older' });
      await allEvents(old);
      service.simulator.setBehaviour({ tokens: 30, delayMs: 4, firstDelayMs: 0 });
      const newer = await ask(service.url, 'Again', { chatId: 'older' });
      expect((await stop(runIdOf(old))).status).toBe(200);
      expect(terminalOf(await allEvents(newer))).toMatchObject({ type: 'complete' });
      expect(row(runIdOf(old))).toEqual({ status: 'complete', cause: 'stop' });
    });

    it('[RUN-4] an unknown run is a 404', async () => {
      expect((await stop('00000000-0000-4000-8000-000000000000')).status).toBe(404);
    });
  });

  it('[CHAT-9] lists live runs with the length of their text so far', async () => {
    service.simulator.setBehaviour({
      chunks: ['Hello', ' there'],
      delayMs: 0,
      firstDelayMs: 0,
      fault: { kind: 'stall', at: 2 },
    });
    const response = await ask(service.url, 'Hi', { chatId: 'listed' });
    let text = '';
    for await (const event of readEvents(response)) {
      if (event.type === 'content') text += event.content;
      if (text === 'Hello there') break;
    }
    const runId = runIdOf(response);
    expect(await liveRuns()).toEqual([
      expect.objectContaining({
        runId,
        chatId: 'listed',
        chunks: 2,
        characters: 11,
        lastEventId: `${runId}:11`,
      }),
    ]);
    await stop(runId);
    await ended(runId);
    expect(await liveRuns()).toEqual([]);
  });

  it('[RUN-1] a HEAD gets its response at once, and does not count as a reader', async () => {
    service.simulator.setBehaviour({ tokens: 40, delayMs: 5, firstDelayMs: 0 });
    const response = await ask(service.url, 'Hi', { options: { onDisconnect: 'cancel' } });
    const head = await fetch(`${service.url}/api/runs/${runIdOf(response)}/stream`, { method: 'HEAD' });
    expect(head.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await liveRuns()).toHaveLength(1);
    expect(terminalOf(await allEvents(response))).toMatchObject({ type: 'complete', totalChunks: 40 });
  });

  it('HTTP/1.0 and a pipelined request get the same events', async () => {
    service.simulator.setBehaviour({ tokens: 5, delayMs: 2, firstDelayMs: 0 });
    const first = await allEvents(ask(service.url, 'Hi'));
    const runId = first[0]?.id.split(':')[0];
    const { connect } = await import('node:net');
    const { port } = new URL(service.url);
    const get = (version: string) =>
      `GET /api/runs/${runId}/stream HTTP/${version}\r\nHost: 127.0.0.1:${port}\r\nConnection: ${version === '1.0' ? 'close' : 'keep-alive'}\r\n\r\n`;
    const answer = async (sent: string, ends: number) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(sent);
      let received = '';
      for await (const bytes of socket) {
        received += bytes;
        if (received.split('"type":"complete"').length > ends) break;
      }
      return received;
    };
    const texts = (received: string) =>
      [...received.matchAll(/"type":"content","content":"([^"]+)"/g)].map(([, text]) => text).join('');
    expect(texts(await answer(get('1.0'), 1))).toBe(textOf(first));
    expect(texts(await answer(get('1.1') + get('1.1'), 2))).toBe(textOf(first).repeat(2));
  });

  it('[RUN-8] [LIMIT-2] keeps nothing of a request that waited behind another when its client left', async () => {
    await using slow = await startService({
      config: { stream: { onDisconnect: 'cancel', idleTimeoutMs: 600_000 } },
      script: { chunks: ['Hello', ' there'], delayMs: 3_600_000, firstDelayMs: 0 },
    });
    const { connect } = await import('node:net');
    const { port, host } = new URL(slow.url);
    const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }] });
    const post = `POST /api/chat HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(post + post);
    const live = async () => (await (await fetch(`${slow.url}/api/runs?status=live`)).json()).runs.length;
    await until(async () => (await live()) === 2);
    socket.destroy();
    // Each run ends with its last reader.
    await until(async () => (await live()) === 0);
  });

  async function liveRuns(): Promise<Array<Record<string, unknown>>> {
    const { runs } = await (await fetch(`${service.url}/api/runs?status=live`)).json();
    return runs;
  }
});

/** Polls until the condition holds; otherwise the test's own time limit ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
