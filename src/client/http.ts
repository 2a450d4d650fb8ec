import { ChatClientError, errorFromResponse } from './errors.ts';

export type HeadersSource = HeadersInit | (() => HeadersInit | Promise<HeadersInit>);

export interface HttpOptions {
  /** Where the service is; '' is the page's own origin. May have a path. */
  baseUrl: string;
  /** Default: the global one. */
  fetch?: typeof fetch | undefined;
  /** Sent with every request; a function is asked each time, so that tokens can be renewed. */
  headers?: HeadersSource | undefined;
  /** For requests whose answer is not a stream, in ms. */
  timeoutMs: number;
}

export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  query?: Readonly<Record<string, string | number | undefined>>;
  signal?: AbortSignal | undefined;
  /** Until `read` has what it wants, in ms. */
  timeoutMs?: number;
}

/** Requests to the service. Whatever goes wrong is a ChatClientError. */
export class Http {
  readonly #root: string;
  readonly #options: HttpOptions;

  /** Throws a TypeError when the base URL is none. */
  constructor(options: HttpOptions) {
    const { href } = new URL(options.baseUrl || '/', globalThis.location?.href);
    this.#root = href.replace(/\/+$/, '');
    this.#options = options;
  }

  /** The JSON of an answer. Its shape is the caller's to know. */
  async json<Body>(path: string, request: HttpRequest = {}): Promise<Body> {
    return this.request(path, request, async (response) => {
      try {
        return await response.json();
      } catch (cause) {
        // The page of a proxy, for example. A body that was cut is no SyntaxError.
        if (!(cause instanceof SyntaxError)) throw cause;
        const options = { cause, status: response.status, retryable: true };
        throw new ChatClientError('protocol_error', 'The answer is not JSON.', options);
      }
    });
  }

  /** `read` takes from a successful answer what is wanted; the timeout covers it. */
  async request<Result>(
    path: string,
    request: HttpRequest,
    read: (response: Response) => Result | Promise<Result>,
  ): Promise<Result> {
    const { method = 'GET', body, signal, timeoutMs = this.#options.timeoutMs } = request;
    const headers = await this.#headers(request);
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
      const response = await this.#fetch(this.#root + path + queryOf(request.query), {
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
    // Looked up late: whoever instruments the global one does so at any time.
    const { fetch = globalThis.fetch } = this.#options;
    return fetch(url, init);
  }

  async #headers({ headers, body }: HttpRequest): Promise<Headers> {
    const source = this.#options.headers;
    const all = new Headers(typeof source === 'function' ? await source() : source);
    if (body !== undefined) all.set('content-type', 'application/json');
    for (const [name, value] of Object.entries(headers ?? {})) all.set(name, value);
    return all;
  }
}

function queryOf(query: HttpRequest['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
