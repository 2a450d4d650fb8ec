import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { JwtSettings } from '../../src/config.ts';

export const ISSUER = 'https://issuer.example/';
export const AUDIENCE = 'llm-streaming-service';

/** A key of an issuer, with which tokens are signed. */
export interface SigningKey {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function signingKey(alg = 'ES256', kid: string | undefined = 'first'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), ...(kid ? { kid } : {}) } };
}

export const nowS = () => Math.floor(Date.now() / 1000);

/** A token of `ada`, valid for an hour. `claims` replace its claims; undefined removes one. */
export function tokenOf(key: SigningKey, claims: JWTPayload = {}, header: object = {}): Promise<string> {
  return new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'ada', exp: nowS() + 3600, ...claims })
    .setProtectedHeader({ alg: key.alg, ...(key.kid ? { kid: key.kid } : {}), ...header })
    .sign(key.privateKey);
}

/** `header.payload` as given, without or with a signature by another means. */
export function encoded(...parts: string[]): string {
  return parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
}

export type Reply = (response: ServerResponse, request: IncomingMessage) => void;

/** Replies with the public keys. */
export function keysReply(...keys: SigningKey[]): Reply {
  const body = JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });
  return (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}

/** An HTTP server with a JWKS at `/keys`, whose reply can be replaced. */
export async function startIssuer(reply: Reply) {
  let requests = 0;
  const issuer = { reply };
  const server = createServer((request, response) => {
    requests += 1;
    issuer.reply(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = (changes: Partial<JwtSettings> = {}): JwtSettings => ({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwks: `${url}/keys`,
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    userClaim: 'sub',
    tenantClaim: '',
    scopesClaim: 'scope',
    defaultScopes: ['chat'],
    ...changes,
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return Object.assign(issuer, {
    url,
    settings,
    close,
    requests: () => requests,
    [Symbol.asyncDispose]: close,
  });
}
