/** Statuses of proxies for a server that they cannot reach; the server's own errors are JSON. */
const FROM_A_PROXY = new Set([502, 503, 504]);

const UNAUTHENTICATED = 401;

interface Listener {
  /** The server could not be reached, or did not respond in time. */
  onFailure(): void;
  /** There was a response, with whatever status. */
  onAnswer(): void;
  /** The server wants to know first who this is. */
  onRefusal(): void;
}

/** The browser's `fetch`, with callbacks that say whether the server was reached. */
export function tellingFetch({ onFailure, onAnswer, onRefusal }: Listener): typeof fetch {
  return async (input, init) => {
    try {
      const response = await fetch(input, init);
      const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
      if (FROM_A_PROXY.has(response.status) && !isJson) onFailure();
      else onAnswer();
      if (response.status === UNAUTHENTICATED) onRefusal();
      return response;
    } catch (cause) {
      onFailure();
      throw cause;
    }
  };
}
