import { type AuthSource, Credentials, type SentCredential } from './credential.ts';
import { ChatClientError, errorFromResponse } from './errors.ts';

export type HeadersSource = HeadersInit | (() => HeadersInit | Promise<HeadersInit>);

export interface HttpOptions {
  /** Where the service is; '' is the page's own origin. May have a path. */
  baseUrl: string;
  /** Default: the global one. */
  fetch?: typeof fetch | undefined;
  /** Sent as `Authorization: Bearer` with every request. */
  auth?: AuthSource | undefined;
  /** Sent with every request; a function is called for each request. */
  headers?: HeadersSource | undefined;
  /** For requests whose response is not a stream, in ms. */
  timeoutMs: number;
}

export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  query?: Readonly<Record<string, string | number | undefined>>;
  signal?: AbortSignal | undefined;
  /** Without the credential of `auth`. */
  isAnonymous?: boolean;
  /** Until `read` has finished, in ms. */
  timeoutMs?: number;
}

type Read<Result> = (response: Response) => Result | Promise<Result>;

/** Requests to the service. Every failure is a ChatClientError. */
export class Http {
  readonly #root: string;
  readonly #options: HttpOptions;
  readonly #credentials: Credentials;

  /** Throws a TypeError when the base URL is invalid. */
  constructor(options: HttpOptions) {
    const { href, username, password } = new URL(options.baseUrl || '/', globalThis.location?.href);
    // `fetch` would refuse it for each request, with the password in the message.
    if (username || password) throw new TypeError('The base URL must not have a password; use "auth".');
    this.#root = withoutSlashes(href);
    this.#options = options;
    this.#credentials = new Credentials(options.auth);
  }

  /** Whether requests have a credential of `auth`. */
  get hasCredential(): boolean {
    return this.#options.auth !== undefined && this.#options.auth !== '';
  }

  /** The whole address of a path. */
  address(path: string, query?: HttpRequest['query']): string {
    return this.#root + path + queryOf(query);
  }

  /** The JSON of a response. The caller knows its type. */
  async json<Body>(path: string, request: HttpRequest = {}): Promise<Body> {
    return this.request(path, request, async (response) => {
      try {
        return await response.json();
      } catch (cause) {
        // A proxy's HTML page, for example. A body that was cut off is not a SyntaxError.
        if (!(cause instanceof SyntaxError)) throw cause;
        const options = { cause, status: response.status, retryable: true };
        throw new ChatClientError('protocol_error', 'The answer is not JSON.', options);
      }
    });
  }

  /**
   * `read` processes a successful response; the timeout includes it. A request that is refused for its credential (401)
   * is repeated once with another one, if there is a function that may have one.
   */
  async request<Result>(path: string, request: HttpRequest, read: Read<Result>): Promise<Result> {
    if (request.isAnonymous) return this.#attempt(path, request, null, read);
    const credentials = this.#credentials;
    const sent = await credentials.current().catch(thrown);
    try {
      return await this.#attempt(path, request, sent, read);
    } catch (error) {
      if (!isUnauthenticated(error) || !credentials.isReplaceable) throw error;
    }
    return this.#attempt(path, request, await credentials.replacing(sent).catch(thrown), read);
  }

  async #attempt<Result>(
    path: string,
    request: HttpRequest,
    credential: SentCredential | null,
    read: Read<Result>,
  ): Promise<Result> {
    const { method = 'GET', body, signal, timeoutMs = this.#options.timeoutMs } = request;
    const headers = await this.#headers(request, credential).catch(thrown);
    const controller = new AbortController();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      controller.abort();
    }, timeoutMs);
    const leave = () => controller.abort();
    signal?.addEventListener('abort', leave);
    if (signal?.aborted) leave();
    try {
      const response = await this.#fetch(this.address(path, request.query), {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        signal: controller.signal,
        cache: 'no-store',
      });
      if (!response.ok) throw await errorFromResponse(response);
      return await read(response);
    } catch (cause) {
      if (signal?.aborted) throw new ChatClientError('left', 'The request was abandoned.', { cause });
      if (timedOut) {
        const message = `The server did not answer within ${timeoutMs} ms.`;
        throw new ChatClientError('timeout', message, { cause, retryable: true });
      }
      throw ChatClientError.from(cause);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    }
  }

  #fetch(url: string, init: RequestInit): Promise<Response> {
    // Looked up for each request: the global one may be instrumented at any time.
    const { fetch = globalThis.fetch } = this.#options;
    return fetch(url, init);
  }

  async #headers({ headers, body }: HttpRequest, credential: SentCredential | null): Promise<Headers> {
    const source = this.#options.headers;
    const all = new Headers(typeof source === 'function' ? await source() : source);
    if (credential && credential.header !== null) all.set('authorization', credential.header);
    if (body !== undefined) all.set('content-type', 'application/json');
    for (const [name, value] of Object.entries(headers ?? {})) all.set(name, value);
    return all;
  }
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof ChatClientError && error.status === 401;
}

function thrown(cause: unknown): never {
  throw ChatClientError.from(cause);
}

function queryOf(query: HttpRequest['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** Removes them one by one: a regular expression would backtrack over every group of slashes. */
function withoutSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
}
