import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { CompletionBody } from './request.ts';

/** A well-formed chat completions request, whatever the response. */
export interface RecordedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: CompletionBody;
  /** From the path, or the body's `model` on the v1 path. */
  readonly deployment: string;
  /** null on the v1 path. */
  readonly apiVersion: string | null;
  /** Whether the client disconnected before the end of the response. */
  readonly aborted: boolean;
  /** Resolves at the end of the exchange: answered, ended by a fault, or aborted by the client. */
  readonly closed: Promise<void>;
}

export class Recorder {
  readonly requests: RecordedRequest[] = [];
  readonly #waiting = new Set<(request: RecordedRequest) => void>();

  /** @param keep how many requests are kept; older ones are dropped. */
  constructor(private readonly keep: number) {}

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
    if (this.requests.length > this.keep) this.requests.shift();
    for (const resolve of this.#waiting) resolve(recorded);
    this.#waiting.clear();
    return recorded;
  }

  /** The next request to arrive. */
  next(): Promise<RecordedRequest> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }
}
