import http, { type ClientRequest, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

/**
 * All connections are kept for reuse: Node's default would keep 256 after a burst of requests and close the others, and
 * the next burst would need new handshakes. An idle connection is closed after this time, in ms, because firewalls and
 * load balancers drop idle ones (usually after 60 s) and reset later data. A shorter time that the server announces
 * (`Keep-Alive: timeout=5`) is used as well.
 */
const IDLE_MS = 55_000;

const KEPT = { keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY, timeout: IDLE_MS };

type Protocol = 'http:' | 'https:';

const agents: Record<Protocol, http.Agent> = {
  'http:': new http.Agent(KEPT),
  'https:': new https.Agent(KEPT),
};

/** When each idle connection last completed a request. */
const workedAt = new WeakMap<Socket, number>();
for (const agent of Object.values(agents)) {
  agent.on('free', (socket: Socket) => workedAt.set(socket, performance.now()));
}

/** Sends a request over an idle connection, or a new one. */
export function connect(target: RequestOptions, options: RequestOptions): ClientRequest {
  const protocol = target.protocol === 'https:' ? 'https:' : 'http:';
  const agent = agents[protocol];
  const startedAt = performance.now();
  const request = (protocol === 'https:' ? https : http).request({ ...target, ...options, agent });
  let answered = false;
  request.once('response', () => {
    answered = true;
  });
  // The timeout is for idle connections only.
  request.once('socket', (socket) => socket.setTimeout(0));
  const over = () => {
    if (!answered && request.reusedSocket) dropOlder(agent, target, startedAt);
  };
  // These listeners run before the failure is reported and retried.
  request.once('error', over);
  request.once('close', over);
  return request;
}

/**
 * A reused connection failed before any response: other idle ones to the same host are probably dropped as well, and
 * each would cost an attempt, so they are closed.
 */
function dropOlder(
  agent: http.Agent,
  { hostname, port, protocol }: RequestOptions,
  failedFrom: number,
): void {
  const place = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}:`;
  for (const [name, sockets] of Object.entries(agent.freeSockets)) {
    if (!name.startsWith(place)) continue;
    for (const socket of [...(sockets ?? [])]) {
      if ((workedAt.get(socket) ?? 0) < failedFrom) socket.destroy();
    }
  }
}
