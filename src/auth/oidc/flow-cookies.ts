import type { IncomingMessage } from 'node:http';
import type { Cookies } from '../sessions/cookies.ts';
import { FLOW_LIFE_S, type Flow, type FlowSeal } from './flow-seal.ts';

/** Followed by the beginning of the state, so that each tab has a sign-in of its own. */
const PREFIX = 'lss_sign_in_';
const ID_LENGTH = 12;

/** Sign-ins of one browser that have begun; of more, the oldest are removed. Proxies refuse long headers. */
const MAX_FLOWS = 4;

const STATE = /^[\w-]{43}$/;

/** The cookies that bind a sign-in to the browser that began it. */
export class FlowCookies {
  constructor(
    private readonly cookies: Cookies,
    private readonly seal: FlowSeal,
  ) {}

  /** Values of `Set-Cookie` for a sign-in that begins. */
  async begin(request: IncomingMessage, flow: Flow): Promise<string[]> {
    const known = this.#known(request);
    const oldest = known.slice(0, Math.max(0, known.length + 1 - MAX_FLOWS));
    const sealed = await this.seal.seal(flow);
    return [
      ...oldest.map((name) => this.cookies.write(request, name, null, 0)),
      this.cookies.write(request, nameOf(flow.state), sealed, FLOW_LIFE_S),
    ];
  }

  /** The sign-in with this state that the browser of a request began. Null: there is none (any more). */
  async find(request: IncomingMessage, state: string): Promise<Flow | null> {
    const sealed = STATE.test(state) ? this.cookies.read(request, nameOf(state)) : null;
    const flow = sealed === null ? null : await this.seal.open(sealed);
    return flow?.state === state ? flow : null;
  }

  /** The value of `Set-Cookie` after a sign-in has ended. */
  end(request: IncomingMessage, state: string): string {
    return this.cookies.write(request, nameOf(state), null, 0);
  }

  /** Cookies of a server on another port have longer names. */
  #known(request: IncomingMessage): string[] {
    const names = this.cookies.names(request, PREFIX);
    return names.filter((name) => name.length === PREFIX.length + ID_LENGTH);
  }
}

function nameOf(state: string): string {
  return PREFIX + state.slice(0, ID_LENGTH);
}
