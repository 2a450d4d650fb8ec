import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availableServer, ServerProcess } from '../../scripts/survival/server-process.ts';
import { residentBytes, USAGE_IS_KNOWN } from '../../scripts/survival/usage.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { allEvents, ask, type SeenEvent, terminalOf, textOf } from '../support/events.ts';

const MIB = 1024 * 1024;
const STALLED = 60;
/** `limits.answer_chars`: what an upstream that never stops is cut at. */
const ANSWER_CHARS = 4 * MIB;

/** Of one reader; see RUN-7. Were its backlog kept instead, it would be sixty times as much. */
const PER_READER = 64 * 1024;
/**
 * The most that V8 lets young objects take, before it looks which are alive: three halves of 16 MB, of 32 from Node 24
 * on.
 */
const YOUNG = (Number(process.versions.node.split('.')[0]) < 24 ? 48 : 96) * MIB;
/** What a garbage collector may leave lying about, and the text of one answer in several hands. */
const SLACK = 22 * MIB + YOUNG;

const onLinux = USAGE_IS_KNOWN ? describe : describe.skip;

onLinux('a reader that stops reading', () => {
  let folder: string;
  let simulator: Simulator;
  let server: ServerProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-stalled-'));
    simulator = await startSimulator();
    const config = join(folder, 'config.toml');
    await writeFile(config, '[stream]\nheartbeat_ms = 500\n');
    server = await ServerProcess.start({
      command: availableServer(),
      databaseFile: join(folder, 'chat.db'),
      simulatorUrl: simulator.url,
      environment: { CONFIG_PATH: config },
    });
    // What the process grows to with such an answer and one good reader.
    for (let run = 0; run < 3; run += 1) await allEvents(flood());
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await simulator[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const flood = () => ask(server.url, '[[simulate: tokens=endless, token_chars=1024, delay_ms=0]]');
  const runIdOf = (response: Response) => String(response.headers.get('x-run-id'));

  /** Sends a request, and reads nothing of the answer until it is told to. */
  async function stalled(runId: string): Promise<Socket> {
    const { hostname, port, host } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.pause();
    await once(socket, 'connect');
    socket.write(`GET /api/runs/${runId}/stream HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return socket;
  }

  /** Everything that a socket still has to give, as events. */
  async function readAll(socket: Socket): Promise<SeenEvent[]> {
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.resume();
    await once(socket, 'close');
    const bytes = Buffer.concat(parts);
    const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
    return allEvents(new Response(dechunked(body)));
  }

  it('[RUN-7] [SSE-5] costs a bounded amount of memory, slows nobody, and continues where it was', async () => {
    const before = residentBytes(server.pid);
    const response = await flood();
    const runId = runIdOf(response);
    const sockets = await Promise.all(Array.from({ length: STALLED }, () => stalled(runId)));
    // The good reader gets everything while the others take nothing.
    const events = await allEvents(response);
    expect(terminalOf(events)).toMatchObject({ finishReason: 'length', finalContentLength: ANSWER_CHARS });
    for (const socket of sockets) expect(socket.bytesRead).toBeLessThan(ANSWER_CHARS);
    const grown = residentBytes(server.pid) - before;
    expect(grown).toBeLessThan(STALLED * PER_READER + SLACK);

    // Long after the end each of them has all of it.
    for (const socket of sockets.slice(0, 3)) {
      const late = await readAll(socket);
      expect(textOf(late) === textOf(events)).toBe(true);
      expect(terminalOf(late)).toMatchObject({ finalContentLength: ANSWER_CHARS });
    }
    for (const socket of sockets) socket.destroy();
  });

  it('[RUN-7] also after the end: all who stall in one answer hold it once', async () => {
    const response = await flood();
    const events = await allEvents(response);
    const before = residentBytes(server.pid);
    const sockets: Socket[] = [];
    for (let reader = 0; reader < STALLED; reader += 1) {
      const socket = await stalled(runIdOf(response));
      sockets.push(socket);
      // Until it has begun to be served.
      socket.resume();
      await once(socket, 'data');
      socket.pause();
    }
    expect(residentBytes(server.pid) - before).toBeLessThan(STALLED * PER_READER + SLACK);
    for (const socket of sockets) socket.destroy();
    expect(textOf(await allEvents(fetch(`${server.url}/api/runs/${runIdOf(response)}/stream`)))).toBe(
      textOf(events),
    );
  });

  it('[RUN-7] long after the end nobody holds an answer for who does not read, and who reads on gets the rest', async () => {
    // Answers of 8 MiB each in memory, if they were held.
    const answers = 24;
    const before = residentBytes(server.pid);
    const sockets: Socket[] = [];
    const texts: string[] = [];
    for (let answer = 0; answer < answers; answer += 1) {
      const response = await flood();
      texts.push(textOf(await allEvents(response)));
      sockets.push(await stalled(runIdOf(response)));
    }
    // Two heartbeats of a blocked stream, and what a garbage collector takes its time for.
    const deadline = performance.now() + 60_000;
    const held = () => residentBytes(server.pid) - before;
    while (held() > answers * PER_READER + SLACK && performance.now() < deadline) await flooded();
    expect(held()).toBeLessThan(answers * PER_READER + SLACK);

    const [first, second] = sockets;
    if (!first || !second) throw new Error('There are sockets.');
    const late = await readAll(first);
    expect(textOf(late) === texts[0]).toBe(true);
    expect(terminalOf(late)).toMatchObject({ finalContentLength: ANSWER_CHARS });
    for (const socket of sockets) socket.destroy();

    /** Something else to do for the server, so that there is a reason to collect garbage. */
    async function flooded() {
      await allEvents(flood());
    }
  });

  it('[RUN-7] leaves the server as quick as it was for others', async () => {
    const response = await flood();
    const sockets = await Promise.all(Array.from({ length: STALLED }, () => stalled(runIdOf(response))));
    await response.body?.cancel();
    const events = await allEvents(ask(server.url, '[[simulate: tokens=20, delay_ms=5, first_delay_ms=0]]'));
    expect(terminalOf(events)).toMatchObject({ type: 'complete' });
    for (const socket of sockets) socket.destroy();
  });
});

/** The body out of its chunks (RFC 9112, 7.1). */
function dechunked(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (length === 0) return new Uint8Array(Buffer.concat(parts));
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}
