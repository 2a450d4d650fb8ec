import type { ServerResponse } from 'node:http';
import type { Entry } from '../../runs/entries.ts';
import type { Followable } from '../../runs/followable.ts';
import type { RunDescription } from '../../runs/store.ts';
import type { StartEvent } from '../../wire/events.ts';
import { isCutOff } from '../routing/cut-off.ts';
import { EventBody } from './event-body.ts';
import { HEARTBEAT } from './frame.ts';
import type { Encoder, WireProtocol } from './protocol.ts';
import { BATCH_CHARS, ReleasableRun } from './releasable-run.ts';

const STREAM_HEADERS = {
  // `no-transform` also keeps compressing proxies from buffering events.
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** What a stream uses of the service; a `Service` is one. */
export interface StreamContext {
  readonly settings: { readonly heartbeatMs: number };
  readonly runs: { open(runId: string): Promise<Followable | null> };
}

/**
 * An HTTP response as a reader of a run (SSE-1, SSE-5, RUN-7, RUN-8): from a position on, as fast as its socket can
 * write. It ends with the run, or when the client leaves. A slow reader does not slow the run.
 */
export function streamRun(
  response: ServerResponse,
  run: Followable,
  from: number,
  protocol: WireProtocol,
  context: StreamContext,
): void {
  const { description } = run;
  const headers = {
    ...STREAM_HEADERS,
    ...protocol.headers(description),
    'x-chat-id': description.chatId,
    'x-run-id': description.runId,
  };
  // A HEAD reads nothing, and does not count as a reader.
  if (response.req.method === 'HEAD') response.writeHead(200, headers).end();
  else new RunStream(response, run, from, protocol, context).begin(headers, from);
}

class RunStream {
  readonly #response: ServerResponse;
  readonly #encoder: Encoder;
  readonly #body: EventBody;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #run: ReleasableRun;
  #blocked = false;
  #blockedAtHeartbeat = false;
  #isReopening = false;

  constructor(
    response: ServerResponse,
    run: Followable,
    from: number,
    protocol: WireProtocol,
    { settings, runs }: StreamContext,
  ) {
    this.#response = response;
    this.#encoder = protocol.encoder(run.description, from);
    this.#run = new ReleasableRun(run, from, runs, this.#pump);
    this.#body = new EventBody(response, () => this.#drained());
    this.#heartbeat = setInterval(() => this.#sendHeartbeat(), settings.heartbeatMs);
  }

  /** `from`: the position that the client has; 0 begins with a `start` event. */
  begin(headers: Readonly<Record<string, string>>, from: number): void {
    const response = this.#response;
    // `drain` never comes when the client has left, `close` always does.
    response.once('close', () => this.#left());
    // It may have left while its question was being stored; then `close` was emitted before.
    if (response.destroyed) {
      this.#left();
      return;
    }
    response.socket?.setNoDelay(true);
    response.writeHead(200, headers);
    if (from === 0)
      this.#write(this.#encoder.encode({ event: startEvent(this.#run.description), position: 0 }));
    else response.flushHeaders();
    this.#pump();
  }

  /** Writes until there is nothing more or the socket's buffer is full; frames of one batch share a write (SSE-4). */
  readonly #pump = (): void => {
    const response = this.#response;
    while (!this.#blocked && !response.writableEnded && !response.destroyed) {
      const { held } = this.#run;
      if (!held) return;
      const { reader, run } = held;
      let frames = '';
      let entry: Entry | undefined;
      while (frames.length < BATCH_CHARS) {
        entry = reader.next();
        if (entry === undefined) break;
        frames += this.#encoder.encode(entry);
      }
      if (frames !== '') this.#write(frames);
      if (entry !== undefined) continue;
      if (run.log.terminal && reader.position === run.log.position) this.#body.end();
      return;
    }
  };

  #write(frames: string): void {
    if (frames !== '') this.#blocked = !this.#body.write(frames);
  }

  #sendHeartbeat(): void {
    if (!this.#blocked) {
      this.#blocked = !this.#body.write(HEARTBEAT);
      return;
    }
    // An ended run is in the database: it is not kept in memory for a client that does not read (RUN-7).
    if (this.#blockedAtHeartbeat && this.#run.held?.run.log.terminal) this.#run.release();
    this.#blockedAtHeartbeat = true;
  }

  #drained(): void {
    this.#blocked = false;
    this.#blockedAtHeartbeat = false;
    if (this.#run.held) this.#pump();
    else if (!this.#isReopening) void this.#reopen();
  }

  async #reopen(): Promise<void> {
    this.#isReopening = true;
    try {
      const run = await this.#run.open();
      if (this.#response.destroyed) return;
      if (run) {
        this.#isReopening = false;
        this.#run.follow(run);
        this.#pump();
        return;
      }
    } catch {
      // As below: the client reconnects by itself, and gets the error then.
    }
    // It was deleted meanwhile. A stream that is cut off is better than one that looks complete.
    this.#response.destroy();
  }

  #left(): void {
    clearInterval(this.#heartbeat);
    this.#run.close({ isAttached: isCutOff(this.#response) });
  }
}

export function startEvent(run: RunDescription): StartEvent {
  const { chatId, runId, messageId, model, provider } = run;
  return { type: 'start', chatId, runId, messageId, model, provider };
}
