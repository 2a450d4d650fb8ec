import type { ServerResponse } from 'node:http';
import type { Entry } from '../runs/entries.ts';
import type { StartEvent } from '../runs/events.ts';
import type { LogReader } from '../runs/log.ts';
import type { Followable } from '../runs/runs.ts';
import type { RunDescription } from '../runs/store.ts';
import { EventBody } from './event-body.ts';
import type { Encoder, WireProtocol } from './protocol.ts';

/** What a reader takes from the log at once, in UTF-16 units: it bounds what a stalled one holds (RUN-7). */
export const BATCH_CHARS = 16 * 1024;

/** For all protocols: an idle proxy keeps the connection, and no client sees it. */
const HEARTBEAT = ': ping\n\n';

const STREAM_HEADERS = {
  // `no-transform` also keeps compressing middle boxes from holding events back.
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** What a stream needs of the service; a `Service` is one. */
export interface StreamContext {
  readonly settings: { readonly heartbeatMs: number };
  readonly runs: { open(runId: string): Promise<Followable | null> };
}

/**
 * An HTTP response as a reader of a run (SSE-1, SSE-5, RUN-7, RUN-8): from a position on, at the pace of its socket.
 * It ends with the run, or when the client leaves. The run does not notice how fast it reads.
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
  // Somebody who only looks reads nothing, and is not missed when gone.
  if (response.req.method === 'HEAD') response.writeHead(200, headers).end();
  else new RunStream(response, run, from, protocol, context).begin(headers);
}

/** A run, as long as this response holds it; what has ended is shared by those who hold it. */
interface Source {
  run: Followable;
  reader: LogReader;
  leave: (() => void) | undefined;
}

class RunStream {
  readonly #response: ServerResponse;
  readonly #description: RunDescription;
  readonly #encoder: Encoder;
  readonly #body: EventBody;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #open: StreamContext['runs']['open'];
  /** Null while the client has not read for so long that the log of a run that is over is not held for it. */
  #source: Source | null;
  #position: number;
  #blocked = false;
  #blockedAtHeartbeat = false;
  #isReturning = false;

  constructor(
    response: ServerResponse,
    run: Followable,
    from: number,
    protocol: WireProtocol,
    { settings, runs }: StreamContext,
  ) {
    this.#response = response;
    this.#description = run.description;
    this.#open = (runId) => runs.open(runId);
    this.#encoder = protocol.encoder(run.description, from);
    this.#position = from;
    this.#source = this.#follow(run);
    this.#body = new EventBody(response, () => this.#drained());
    this.#heartbeat = setInterval(() => this.#beat(), settings.heartbeatMs);
  }

  begin(headers: Readonly<Record<string, string>>): void {
    const response = this.#response;
    // `drain` never comes when the client has left, `close` always does.
    response.on('close', () => this.#gone());
    // It may have left while its question was being stored; then nobody says so any more.
    if (response.destroyed) {
      this.#gone();
      return;
    }
    response.socket?.setNoDelay(true);
    response.writeHead(200, headers);
    if (this.#position === 0)
      this.#write(this.#encoder.encode({ event: startEvent(this.#description), position: 0 }));
    else response.flushHeaders();
    this.#pump();
  }

  #follow(run: Followable): Source {
    return {
      run,
      reader: run.log.follow(this.#position, this.#pump, BATCH_CHARS),
      leave: run.attach?.(),
    };
  }

  /** Writes until there is nothing more or the socket has enough; what came together leaves together (SSE-4). */
  readonly #pump = (): void => {
    const response = this.#response;
    while (this.#source && !this.#blocked && !response.writableEnded && !response.destroyed) {
      const { reader, run } = this.#source;
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

  #beat(): void {
    if (!this.#blocked) {
      this.#blocked = !this.#body.write(HEARTBEAT);
      return;
    }
    if (this.#blockedAtHeartbeat && this.#source?.run.log.terminal) this.#letGo();
    this.#blockedAtHeartbeat = true;
  }

  #drained(): void {
    this.#blocked = false;
    this.#blockedAtHeartbeat = false;
    if (this.#source) this.#pump();
    else if (!this.#isReturning) void this.#comeBack();
  }

  /** What has ended is in the database: a client that does not read need not hold it in memory, too (RUN-7). */
  #letGo(): void {
    this.#position = this.#source?.reader.position ?? this.#position;
    this.#leave();
    this.#source = null;
  }

  async #comeBack(): Promise<void> {
    this.#isReturning = true;
    try {
      const run = await this.#open(this.#description.runId);
      if (this.#response.destroyed) return;
      if (run) {
        this.#isReturning = false;
        this.#source = this.#follow(run);
        this.#pump();
        return;
      }
    } catch {
      // As below: the client comes back by itself, and hears what is wrong.
    }
    // It was deleted meanwhile. A stream that is cut off is better than one that looks whole.
    this.#response.destroy();
  }

  #gone(): void {
    clearInterval(this.#heartbeat);
    this.#leave();
  }

  #leave(): void {
    this.#source?.reader.close();
    this.#source?.leave?.();
  }
}

export function startEvent(run: RunDescription): StartEvent {
  const { chatId, runId, messageId, model, provider } = run;
  return { type: 'start', chatId, runId, messageId, model, provider };
}
