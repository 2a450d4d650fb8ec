import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchange } from './exchange.ts';

/** What is to be called when a socket closes; one listener per socket, however many requests it carries. */
const LISTENERS = new WeakMap<Socket, Set<() => void>>();

/**
 * Destroys a response, which then emits `close`. Node emits it only for a response that has the connection: one that
 * waits behind another (HTTP/1.1 pipelining) would keep its timers, its run, and what it goes on to write.
 */
export function closeResponse(response: ServerResponse): void {
  response.destroy();
  if (response.socket === null && !response.writableFinished && !response.closed) response.emit('close');
}

/** Closes a response with its connection, also where it waits for it. */
export function closeWithSocket({ request, response }: Exchange): void {
  if (response.socket !== null) return;
  response.once(
    'close',
    onSocketEnd(request.socket, () => closeResponse(response)),
  );
}

/** Calls `ended` when the socket closes. Returns a function that ends this. */
function onSocketEnd(socket: Socket, ended: () => void): () => void {
  const listeners = LISTENERS.get(socket) ?? new Set();
  if (!LISTENERS.has(socket)) {
    LISTENERS.set(socket, listeners);
    socket.once('close', () => {
      for (const listener of [...listeners]) listener();
    });
  }
  listeners.add(ended);
  return () => listeners.delete(ended);
}
