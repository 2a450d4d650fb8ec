/**
 * One event of a Server-Sent Events stream (WHATWG HTML, 9.2). `data` must have no line breaks, as JSON has none.
 * `id` is what a reader is to come back with; it comes after `data`, because hand-written clients look at how a frame
 * begins.
 */
export function frame(data: string, id?: string, event?: string): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  return id === undefined ? `${name}data: ${data}\n\n` : `${name}data: ${data}\nid: ${id}\n\n`;
}

/** The last frame of several protocols. */
export const DONE = 'data: [DONE]\n\n';
