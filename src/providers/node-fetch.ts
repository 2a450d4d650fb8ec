import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';

/** What of an error's body is kept; nobody's error is longer. */
const ERROR_BODY_BYTES = 1024 * 1024;

const bodies = new WeakMap<Response, IncomingMessage>();

/**
 * A `fetch` for SDKs that make the request well, but read the answer through web streams, which cost more per chunk than
 * all the rest of this server. A successful answer's body is a Node stream, to be had with `bodyOf`; an unsuccessful
 * one is an ordinary Response, so that the SDK can make its error of it.
 */
export async function nodeFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const message = await send(String(input instanceof Request ? input.url : input), init);
  const status = message.statusCode ?? 0;
  if (status < 200 || status > 299) {
    const headers = headersOf(message);
    return new Response(await text(message), { status: status < 200 ? 502 : status, headers });
  }
  // Nobody looks at the headers of a success, and copying them costs more than the rest of this.
  const response = new Response(null, { status });
  bodies.set(response, message);
  return response;
}

/** The body of a successful answer of `nodeFetch`. */
export function bodyOf(response: Response): IncomingMessage {
  const body = bodies.get(response);
  if (!body) throw new TypeError('Not a successful response of nodeFetch.');
  return body;
}

/**
 * Connections are kept when their answer is over, all of them: after a burst of answers Node would keep 256 and close the
 * others, and the next burst would pay for their handshakes. Who closes idle ones in the end is the provider.
 */
const KEPT = { keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY };

const agents = {
  'http:': new http.Agent(KEPT),
  'https:': new https.Agent(KEPT),
};

/** Requests go to a few addresses again and again. */
const targets = new Map<string, http.RequestOptions>();
const MOST_TARGETS = 1_000;

function targetOf(url: string): http.RequestOptions {
  const known = targets.get(url);
  if (known) return known;
  if (targets.size === MOST_TARGETS) targets.clear();
  const target = urlToHttpOptions(new URL(url));
  targets.set(url, target);
  return target;
}

/** Resolves when the headers have come. The signal ends the exchange at any time, also while the body is read. */
function send(url: string, { method, headers, body, signal }: RequestInit): Promise<IncomingMessage> {
  const target = targetOf(url);
  const protocol = target.protocol === 'https:' ? 'https:' : 'http:';
  return new Promise((resolve, reject) => {
    const request = (protocol === 'https:' ? https : http).request(
      {
        ...target,
        method: method ?? 'GET',
        headers: Object.fromEntries(headers instanceof Headers ? headers : new Headers(headers)),
        agent: agents[protocol],
      },
      resolve,
    );
    request.on('error', reject);
    if (signal) abortWith(signal, request);
    request.end(typeof body === 'string' ? body : undefined);
  });
}

/** What the option `signal` does, without a dozen listeners on every request. */
function abortWith(signal: AbortSignal, request: http.ClientRequest): void {
  const abort = () => request.destroy(new DOMException('The request was aborted.', 'AbortError'));
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener('abort', abort, { once: true });
  request.once('close', () => signal.removeEventListener('abort', abort));
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

async function text(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ERROR_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
