import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { JWTPayload } from 'jose';
import { keysReply, nowS, type Reply, type SigningKey, signingKey, tokenOf } from './token-issuer.ts';

export const CLIENT_ID = 'chat';

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** What it replies to a request for tokens. */
type TokenReply = (response: ServerResponse, idToken: string) => void;

const honest: TokenReply = (response, idToken) =>
  json(response, { access_token: 'an-access-token', token_type: 'Bearer', id_token: idToken });

/** What a lie consists of; without any of it the provider is honest. */
export interface Lie {
  readonly discovery?: Reply;
  readonly token?: TokenReply;
  /** Replace those of the token; undefined removes one. */
  readonly claims?: JWTPayload;
  readonly header?: object;
  /** In place of the provider's key. */
  readonly key?: SigningKey;
}

interface TokenRequest {
  readonly authorization: string | undefined;
  readonly body: URLSearchParams;
}

/** A provider of OpenID Connect without pages, which signs `ada` in, and can be told to lie. */
export async function startLyingProvider() {
  const key = await signingKey('RS256');
  const state: { lie: Lie; nonce: string; tokenRequests: TokenRequest[]; discoveries: number } = {
    lie: {},
    nonce: '',
    tokenRequests: [],
    discoveries: 0,
  };
  const server = createServer(async (request, response) => {
    const { lie } = state;
    if (request.url === '/keys') return keysReply(key)(response, request);
    if (request.url === '/token') {
      const { authorization } = request.headers;
      state.tokenRequests.push({ authorization, body: new URLSearchParams(await text(request)) });
      const claims = { iss: issuer, aud: CLIENT_ID, iat: nowS(), nonce: state.nonce, ...lie.claims };
      return (lie.token ?? honest)(response, await tokenOf(lie.key ?? key, claims, lie.header));
    }
    state.discoveries += 1;
    if (lie.discovery) return lie.discovery(response, request);
    return json(response, {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    issuer,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  });
}

export type LyingProvider = Awaited<ReturnType<typeof startLyingProvider>>;

/** A browser without pages: it keeps cookies, and stops at redirects. */
export class CookieJar {
  readonly cookies = new Map<string, string>();

  get header(): string {
    return Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join('; ');
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set('cookie', this.header);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    this.#keep(response.headers.getSetCookie());
    return response;
  }

  /** As when another site leads to an address; `headers` may say otherwise. `fetch` cannot send such headers. */
  async follow(url: string, headers: Record<string, string> = {}) {
    const cookie = this.cookies.size > 0 ? { cookie: this.header } : {};
    const request = get(url, { headers: { ...CROSS_SITE, ...cookie, ...headers }, agent: false });
    const [response]: IncomingMessage[] = await once(request, 'response');
    if (!response) throw new Error('There is no response.');
    response.resume();
    const { statusCode: status, headers: received } = response;
    const setCookies = received['set-cookie'] ?? [];
    this.#keep(setCookies);
    return { status, location: received.location ?? '', setCookies };
  }

  #keep(setCookies: readonly string[]): void {
    for (const line of setCookies) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = pair.split('=');
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

const CROSS_SITE = {
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};
