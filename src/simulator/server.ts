import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isRefusal, readBody } from './body.ts';
import { DirectiveError } from './directive.ts';
import { Playback } from './playback.ts';
import { type RecordedRequest, Recorder } from './recorder.ts';
import { invalidRequest, RESOURCE_NOT_FOUND, type Refusal, UNAUTHORIZED } from './refusals.ts';
import { refuse, respond } from './respond.ts';
import { keyOf, routeOf } from './route.ts';
import { Director, type Script } from './script.ts';
import type { Step } from './steps.ts';

export interface SimulatorOptions {
  /** Default: 0, any free port. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** The one key to accept. Default: null, any that is not empty. */
  readonly apiKey?: string | null;
  /** How many requests are kept, with bodies. Default: 1000, enough for any test. */
  readonly keep?: number;
  /** How to respond. Default: the demo. Directives in messages override it. */
  readonly script?: Script;
}

export interface Simulator extends AsyncDisposable {
  /** The endpoint, without a path: `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** The last `keep` well-formed requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Number of requests in progress. */
  readonly activeRequests: number;
  /** Resolves with the next request to arrive. */
  nextRequest(): Promise<RecordedRequest>;
  /** Replaces the script, from the next request on; `{}` is the demo. */
  setBehaviour(script: Script): void;
}

/**
 * Starts a server with Azure OpenAI's chat completions API over HTTP that simulates faults on demand (PROV-9): see
 * `Behaviour`, and `parseDirective` for directives in messages.
 *
 * @returns when it listens; dispose it to close all connections and free the port.
 * @throws when the port is in use, or the script is invalid.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', apiKey = null, script = {}, keep = 1_000 } = options;
  const recorder = new Recorder(keep);
  const director = new Director();
  director.script = script;
  let active = 0;
  let disposed = false;

  const server = createServer((request, response) => {
    active += 1;
    response.once('close', () => {
      active -= 1;
    });
    let playback: Playback | undefined;
    const isOver = () => disposed || (playback?.isOver ?? false);
    stepsFor(request, response, isOver).then(
      (steps) => {
        playback = new Playback(response, steps);
      },
      // The client disconnected while sending.
      () => response.destroy(),
    );
  });
  // Longer than any client's pool keeps a socket, so that it is never the server that closes an idle one.
  server.keepAliveTimeout = 120_000;

  async function stepsFor(
    request: IncomingMessage,
    response: ServerResponse,
    isOver: () => boolean,
  ): Promise<Iterator<Step, void>> {
    const route = routeOf(request);
    const key = keyOf(request);
    // Always read: to a client an error before the body was sent looks like a broken connection.
    const body = await readBody(request);
    if (route === null) return refuse(RESOURCE_NOT_FOUND);
    if (key === '' || (apiKey !== null && key !== apiKey)) return refuse(UNAUTHORIZED);
    if (isRefusal(body)) return refuse(body);
    const deployment = route.deployment ?? body.model;
    if (!deployment) return refuse(invalidRequest('you must provide a model parameter', 'model'));

    const { headers } = request;
    const recorded = recorder.record(
      { headers, body, deployment, apiVersion: route.apiVersion },
      response,
      isOver,
    );
    try {
      const { behaviour, asked } = director.direct(recorded);
      return respond(body, behaviour, asked);
    } catch (error) {
      return refuse(misdirected(error));
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const boundPort = typeof address === 'object' && address ? address.port : port;

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    port: boundPort,
    requests: recorder.requests,
    get activeRequests() {
      return active;
    },
    nextRequest: () => recorder.next(),
    setBehaviour: (next) => {
      director.script = next;
    },
    [Symbol.asyncDispose]: () => {
      disposed = true;
      return new Promise<void>((resolve) => {
        // Node reports a second close as an error; it is ignored.
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function misdirected(error: unknown): Refusal {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DirectiveError) return invalidRequest(message, 'messages', 'invalid_simulation');
  return { status: 500, error: { code: 'script_failed', message, type: 'server_error', param: null } };
}
