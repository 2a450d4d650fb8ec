import type { Viewer } from './viewer.ts';
import type { ViewerRequest } from './viewer-requests.ts';

type Handshake = Extract<ViewerRequest, { a: 'hs' }>;

/** Gives each connection its name, in the handshake. No two connections have the same one. */
export class Handshakes {
  readonly #byName = new Map<string, Viewer>();
  readonly #done = new WeakSet<Viewer>();
  readonly #reconnected = new WeakSet<Viewer>();

  /**
   * Gives a connection the name that the id in its handshake proves, or a new one when another connection has that
   * name: then this is a copy of it, or the other one is about to be closed. Puts the name into the request, for
   * ShareDB.
   */
  accept(viewer: Viewer, request: Handshake): void {
    const { identity } = viewer;
    if (!this.#done.has(viewer)) {
      this.#done.add(viewer);
      identity.claim(request.id);
      if (this.#byName.has(identity.name)) identity.renew();
      this.#byName.set(identity.name, viewer);
      if (typeof request.id === 'string') this.#reconnected.add(viewer);
    }
    request.id = identity.name;
  }

  /** The client was connected before, over another connection. */
  isReconnected(viewer: Viewer): boolean {
    return this.#reconnected.has(viewer);
  }

  /** The connection is closed. */
  release(viewer: Viewer): void {
    const { name } = viewer.identity;
    if (this.#byName.get(name) === viewer) this.#byName.delete(name);
  }
}
