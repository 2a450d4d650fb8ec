import type { Socket } from 'node:net';

/** What is to be called when a socket closes; one listener per socket, however many requests it carries. */
const LISTENERS = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `ended` when the socket closes. A response says itself when it is closed, unless it still waits behind another
 * one on its connection (HTTP/1.1 pipelining). Returns a function that ends this.
 */
export function onSocketEnd(socket: Socket, ended: () => void): () => void {
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
