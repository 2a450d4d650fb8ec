import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ClientAddresses } from '../../../auth/client-addresses.ts';
import { ownerIdOf } from '../../../auth/principal.ts';
import type { Followable } from '../../../runs/followable.ts';
import type { Caller } from '../../routing/exchange.ts';
import { queryOf } from '../../routing/request.ts';

/** Longer than any browser waits before it reconnects by itself. */
const LIFE_MS = 60_000;

/**
 * Everything was written, which does not mean that it arrived: a connection that closes so soon after may have been
 * cut. Not longer than a browser waits, because the same question asked later wants another answer.
 */
const DOUBT_MS = 5_000;

const MOST_RUNS = 10_000;

interface WatchedRun {
  runId: string;
  until: number;
}

/**
 * Runs whose reader was cut off, by client and question. A browser that was cut off before it got the id of the run
 * reconnects with nothing but the same question; this is how it finds the run that is already being paid for (WIRE-5).
 */
export class ReconnectRegistry {
  readonly #runs = new Map<string, WatchedRun>();
  /** Of each open socket the runs by client whose responses may still turn out to have been cut, the oldest first. */
  readonly #inDoubt = new WeakMap<Socket, Map<string, WatchedRun>>();

  constructor(private readonly addresses: ClientAddresses) {}

  /** Registers the run if the response does not reach its end. */
  watch(caller: Caller, { description, log }: Followable): void {
    const { runId } = description;
    const client = this.#clientOf(caller);
    const { request, response } = caller;
    const { socket } = request;
    response.once('close', () => {
      if (!response.writableFinished) return this.#add(client, runId, LIFE_MS);
      // To ask again after an error is to try again.
      if (log.terminal?.type === 'error') return undefined;
      if (socket.destroyed) return this.#add(client, runId, DOUBT_MS);
      this.#doubt(socket, client, runId);
    });
  }

  /** The id of the run that this request reconnects to; null: none. Once: it has a reader then. */
  take(caller: Caller): string | null {
    const client = this.#clientOf(caller);
    const run = this.#runs.get(client);
    this.#runs.delete(client);
    return run && performance.now() < run.until ? run.runId : null;
  }

  #doubt(socket: Socket, client: string, runId: string): void {
    const runs = this.#inDoubt.get(socket) ?? this.#listenTo(socket);
    const now = performance.now();
    for (const [other, { until }] of runs) {
      if (until > now) break;
      runs.delete(other);
    }
    runs.delete(client);
    runs.set(client, { runId, until: now + DOUBT_MS });
  }

  /** One listener per socket: a connection that is kept alive carries any number of responses. */
  #listenTo(socket: Socket): Map<string, WatchedRun> {
    const runs = new Map<string, WatchedRun>();
    this.#inDoubt.set(socket, runs);
    socket.once('close', () => {
      const now = performance.now();
      for (const [client, { runId, until }] of runs) if (until > now) this.#add(client, runId, DOUBT_MS);
    });
    return runs;
  }

  #add(client: string, runId: string, lifeMs: number): void {
    this.#runs.delete(client);
    this.#runs.set(client, { runId, until: performance.now() + lifeMs });
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MOST_RUNS && oldest !== undefined) this.#runs.delete(oldest);
  }

  /** Equal for the same browser, of the same user, with the same question. */
  #clientOf({ request, principal }: Caller): string {
    // Without the ticket, which is another one for each connection.
    const question = JSON.stringify(queryOf(request));
    const agent = request.headers['user-agent'];
    const client = [ownerIdOf(principal), this.addresses.of(request), agent, question];
    return createHash('sha256').update(JSON.stringify(client)).digest('base64');
  }
}
