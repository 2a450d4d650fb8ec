import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { urlToHttpOptions } from 'node:url';
import { connect } from './connections.ts';
import { decoded, type ResponseBody } from './content-coding.ts';
import { errorText, keepErrorBody } from './error-body.ts';

const bodies = new WeakMap<Response, ResponseBody>();

/**
 * A `fetch` for the SDKs, which read responses through web streams: these cost more CPU time per chunk than the rest of
 * this server. `bodyOf` returns the body of a successful response as a Node stream; `errorBodyOf` returns that of an
 * unsuccessful one as text, because the SDKs keep only error bodies of known shapes.
 */
export async function nodeFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const message = await send(String(input instanceof Request ? input.url : input), init);
  const status = message.statusCode ?? 0;
  if (status < 200 || status > 299) return refusal(message, status, init.signal);
  // The headers of a successful response are not used, and copying them costs more than the rest of this function.
  const response = new Response(null, { status });
  bodies.set(response, decoded(message));
  return response;
}

/** The body of a successful response of `nodeFetch`. */
export function bodyOf(response: Response): ResponseBody {
  const body = bodies.get(response);
  if (!body) throw new TypeError('Not a successful response of nodeFetch.');
  return body;
}

async function refusal(
  message: IncomingMessage,
  status: number,
  signal: AbortSignal | null | undefined,
): Promise<Response> {
  const headers = headersOf(message);
  const text = await errorText(decoded(message), signal);
  // A Response accepts only statuses from 200 to 599.
  const response = new Response(null, { status: status < 200 || status > 599 ? 502 : status, headers });
  keepErrorBody(response, text);
  return response;
}

/** Parsed URLs, because requests go to few different ones. */
const targets = new Map<string, RequestOptions>();
const MOST_TARGETS = 1_000;

function targetOf(url: string): RequestOptions {
  const known = targets.get(url);
  if (known) return known;
  if (targets.size === MOST_TARGETS) targets.clear();
  const target = urlToHttpOptions(new URL(url));
  targets.set(url, target);
  return target;
}

/** Resolves when the headers have arrived. The signal aborts at any time, also while the body is read. */
function send(url: string, { method, headers, body, signal }: RequestInit): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = connect(targetOf(url), {
      method: method ?? 'GET',
      headers: {
        ...Object.fromEntries(headers instanceof Headers ? headers : new Headers(headers)),
        // Compression costs more than it saves for small chunks, and delays tokens.
        'accept-encoding': 'identity',
      },
    });
    let answered = false;
    request.once('response', (message) => {
      answered = true;
      resolve(message);
    });
    request.once('upgrade', (_message, socket) => {
      socket.destroy();
      reject(new Error('The answer changes the protocol, which was not asked for (101).'));
    });
    request.on('error', reject);
    // Covers all other ways in which a request ends without a response. Making an error has its cost.
    request.once('close', () => {
      if (!answered) reject(new Error('The connection was closed before an answer came.'));
    });
    if (signal) abortWith(signal, request);
    request.end(typeof body === 'string' ? body : undefined);
  });
}

/** Does what the option `signal` does, without its dozen listeners on every request. */
function abortWith(signal: AbortSignal, request: ClientRequest): void {
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
    // These describe the encoded body, not the decoded one.
    if (value === undefined || name === 'content-encoding' || name === 'content-length') continue;
    headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}
