import type { ServerResponse } from 'node:http';
import type { StartEvent } from '../runs/events.ts';
import type { Entry } from '../runs/log.ts';
import type { Followable } from '../runs/runs.ts';
import type { RunDescription } from '../runs/store.ts';
import { EventBody } from './event-body.ts';
import type { WireProtocol } from './protocol.ts';

/** What a reader takes from the log at once, in UTF-16 units: it bounds what a stalled one holds (RUN-7). */
export const BATCH_CHARS = 16 * 1024;

/** For all protocols: an idle proxy keeps the connection, and no client sees it. */
const HEARTBEAT = ': ping\n\n';

const STREAM_HEADERS = {
  // `no-transform` also keeps compressing middle boxes from holding events back.
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/**
 * An HTTP response as a reader of a run (SSE-1, SSE-5, RUN-7, RUN-8): from a position on, at the pace of its socket.
 * It ends with the run, or when the client leaves. The run does not notice how fast it reads.
 */
export function streamRun(
  response: ServerResponse,
  run: Followable,
  from: number,
  protocol: WireProtocol,
  heartbeatMs: number,
): void {
  const { description } = run;
  const headers = {
    ...STREAM_HEADERS,
    ...protocol.headers(description),
    'x-chat-id': description.chatId,
    'x-run-id': description.runId,
  };
  // Somebody who only looks reads nothing, and is not missed when gone.
  if (response.req.method === 'HEAD') {
    response.writeHead(200, headers).end();
    return;
  }
  const encoder = protocol.encoder(description, from);
  const leave = run.attach?.();
  const reader = run.log.follow(from, pump, BATCH_CHARS);
  let blocked = false;

  const body = new EventBody(response, () => {
    blocked = false;
    pump();
  });
  const heartbeat = setInterval(() => {
    if (!blocked) blocked = !body.write(HEARTBEAT);
  }, heartbeatMs);
  // `drain` never comes when the client has left, `close` always does.
  response.on('close', gone);
  // It may have left while its question was being stored; then nobody says so any more.
  if (response.destroyed) {
    gone();
    return;
  }

  response.socket?.setNoDelay(true);
  response.writeHead(200, headers);
  if (from === 0) write(encoder.encode({ event: startEvent(description), position: 0 }));
  else response.flushHeaders();
  pump();

  /** Writes until there is nothing more or the socket has enough; what came together leaves together (SSE-4). */
  function pump(): void {
    while (!blocked && !response.writableEnded && !response.destroyed) {
      let frames = '';
      let entry: Entry | undefined;
      while (frames.length < BATCH_CHARS) {
        entry = reader.next();
        if (entry === undefined) break;
        frames += encoder.encode(entry);
      }
      if (frames !== '') write(frames);
      if (entry !== undefined) continue;
      if (run.log.terminal && reader.position === run.log.position) body.end();
      return;
    }
  }

  function gone(): void {
    clearInterval(heartbeat);
    reader.close();
    leave?.();
  }

  function write(frames: string): void {
    if (frames !== '') blocked = !body.write(frames);
  }
}

export function startEvent(run: RunDescription): StartEvent {
  const { chatId, runId, messageId, model, provider } = run;
  return { type: 'start', chatId, runId, messageId, model, provider };
}
