import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../auth/principal.ts';

/** A request and its response of Node's http; those of Express extend these, those of Fastify have them as `raw`. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A request and who sent it. */
export interface Caller extends Exchange {
  /** `ANONYMOUS` on public routes. */
  readonly principal: Principal;
}
