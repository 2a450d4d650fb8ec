import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { CompletionBody } from './request.ts';

/** A chat completions request that the simulator understood, whatever it answered. */
export interface RecordedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: CompletionBody;
  /** From the path, or the body's `model` on the v1 path. */
  readonly deployment: string;
  /** null on the v1 path. */
  readonly apiVersion: string | null;
  /** Whether the client left before the answer was over. */
  readonly aborted: boolean;
  /** Resolves when nothing more will happen to it: answered, broken off by a fault, or left by the client. */
  readonly closed: Promise<void>;
}

/** Enough for any test; older requests are forgotten. */
const KEPT = 1000;

export class Recorder {
  readonly requests: RecordedRequest[] = [];
  readonly #waiting = new Set<(request: RecordedRequest) => void>();

  /** @param isOver asked when the response closes: whether the simulator itself had ended it. */
  record(
    request: Omit<RecordedRequest, 'aborted' | 'closed'>,
    response: ServerResponse,
    isOver: () => boolean,
  ): RecordedRequest {
    let aborted = false;
    const closed = new Promise<void>((resolve) => {
      response.once('close', () => {
        aborted = !isOver();
        resolve();
      });
    });
    const recorded: RecordedRequest = {
      ...request,
      closed,
      get aborted() {
        return aborted;
      },
    };
    this.requests.push(recorded);
    if (this.requests.length > KEPT) this.requests.shift();
    for (const resolve of this.#waiting) resolve(recorded);
    this.#waiting.clear();
    return recorded;
  }

  /** The next request to arrive. */
  next(): Promise<RecordedRequest> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }
}
