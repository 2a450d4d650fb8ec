/**
 * One event of a Server-Sent Events stream (WHATWG HTML, 9.2). `data` must have no line breaks, as JSON has none.
 * `id` is what a reader resumes with; it comes after `data`, because hand-written clients look at the beginning of a
 * frame.
 */
export function frame(data: string, id?: string, event?: string): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  return id === undefined ? `${name}data: ${data}\n\n` : `${name}data: ${data}\nid: ${id}\n\n`;
}

/** The last frame of several protocols. */
export const DONE = 'data: [DONE]\n\n';

/**
 * In all protocols: keeps idle proxies from closing the connection; clients ignore it. One line end only: an empty line
 * ends an event, and OpenAI's packages for Python and Go and httpx-sse would report an empty one (decision 22).
 */
export const HEARTBEAT = ': ping\n';
