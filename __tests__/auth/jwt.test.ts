import { createHmac } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { exportSPKI, type JWTPayload, SignJWT } from 'jose';
import { pino } from 'pino';
import { jwtMethod } from '../../src/auth/jwt/jwt-method.ts';
import type { JwtSettings } from '../../src/config.ts';
import { UnauthenticatedError } from '../../src/errors.ts';
import { headerAuthenticator, rawHeadersOf } from '../support/header-authenticator.ts';
import {
  AUDIENCE,
  encoded,
  ISSUER,
  keysReply,
  nowS,
  type SigningKey,
  signingKey,
  startIssuer,
  tokenOf,
} from '../support/token-issuer.ts';

let key: SigningKey;
let issuer: Awaited<ReturnType<typeof startIssuer>>;
let method: ReturnType<typeof jwtMethod>;
const lines: string[] = [];
const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });

beforeAll(async () => {
  key = await signingKey();
  issuer = await startIssuer(keysReply(key));
  method = jwtMethod(issuer.settings(), logger);
});

afterAll(async () => {
  method[Symbol.dispose]();
  await issuer.close();
});

const verified = async (claims?: JWTPayload, header?: object) =>
  method.verify(await tokenOf(key, claims, header));

async function withSettings(changes: Partial<JwtSettings>, claims: JWTPayload) {
  using other = jwtMethod(issuer.settings(changes), logger);
  return await other.verify(await tokenOf(key, claims));
}

describe('[AUTH-4] a token of the issuer', () => {
  it('is its user, with the default scopes and the time at which it expires', async () => {
    const exp = nowS() + 600;
    const principal = await verified({ exp, jti: 'token-1' });
    expect(principal).toEqual({
      userId: 'ada',
      tenantId: 'default',
      scopes: ['chat'],
      keyId: null,
      credential: { kind: 'jwt', id: 'token-1', expiresAt: new Date((exp + 30) * 1000) },
    });
  });

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('is accepted with a signature by %s', async (alg) => {
    const own = await signingKey(alg);
    await using server = await startIssuer(keysReply(own));
    using accepting = jwtMethod(server.settings(), logger);
    expect(await accepting.verify(await tokenOf(own))).toMatchObject({ userId: 'ada' });
    using refusing = jwtMethod(server.settings({ algorithms: ['ES512'] }), logger);
    expect(await refusing.verify(await tokenOf(own))).toBeNull();
  });

  it('may be for several audiences, and is verified once in a minute', async () => {
    const token = await tokenOf(key, { aud: ['another', AUDIENCE] });
    const first = await method.verify(token);
    expect(first).toMatchObject({ userId: 'ada' });
    expect(await method.verify(token)).toBe(first);
  });

  it.each<[string, string, JWTPayload]>([
    ['is valid in an hour only', 'nbf', { nbf: nowS() + 3600 }],
    ['is valid in minutes by our clock', 'nbf', { nbf: nowS() + 120 }],
    ['does not expire', 'exp', { exp: undefined }],
    ['expires at a text', 'exp', { exp: 'never' as unknown as number }],
    ['is for another audience', 'aud', { aud: `${AUDIENCE}.example` }],
    ['is for no audience', 'aud', { aud: undefined }],
    ['is of another issuer', 'iss', { iss: ISSUER.slice(0, -1) }],
    ['is of no issuer', 'iss', { iss: undefined }],
    ['has no user', 'sub', { sub: undefined }],
    ['has an empty user', 'sub', { sub: '' }],
    ['has a user of 257 characters', 'sub', { sub: 'a'.repeat(257) }],
    ['has a user with a line feed', 'sub', { sub: 'ada\nlocal' }],
    ['has a user with half a character', 'sub', { sub: 'ada\ud800' }],
    ['has a list as user', 'sub', { sub: ['ada'] as unknown as string }],
    ['has a number as scope', 'scope', { scope: 1 }],
  ])('that %s is refused', async (_, reason, claims) => {
    const before = lines.length;
    expect(await verified(claims)).toBeNull();
    expect(lines.slice(before).join()).toContain(`"${reason}"`);
  });

  it.each([3600, 120])(
    'that expired %i s ago is refused, which does not count as an attempt to guess one',
    async (s) => {
      await expect(verified({ exp: nowS() - s })).rejects.toBeInstanceOf(UnauthenticatedError);
      const foreign = await signingKey('ES256', 'first');
      expect(await method.verify(await tokenOf(foreign, { exp: nowS() - s }))).toBeNull();
      const authenticate = headerAuthenticator([method], logger);
      const request = (token: string): IncomingMessage =>
        Object.assign(new IncomingMessage(new Socket()), {
          rawHeaders: rawHeadersOf({ authorization: [`Bearer ${token}`] }),
        });
      for (let count = 0; count < 25; count += 1) {
        const expired = authenticate(request(await tokenOf(key, { exp: nowS() - s, count })));
        await expect(expired).rejects.toBeInstanceOf(UnauthenticatedError);
      }
      expect(await authenticate(request(await tokenOf(key)))).toMatchObject({ userId: 'ada' });
    },
  );

  it('may differ by half a minute from our clock', async () => {
    expect(await verified({ exp: nowS() - 10 })).toMatchObject({ userId: 'ada' });
    expect(await verified({ nbf: nowS() + 10 })).toMatchObject({ userId: 'ada' });
  });

  it('of infinite life has a last instant all the same', async () => {
    const payload = `{"iss":"${ISSUER}","aud":"${AUDIENCE}","sub":"ada","exp":1e999}`;
    const principal = await method.verify(await signed(payload));
    expect(principal?.credential?.expiresAt?.getTime()).toBe(8.64e15);
  });

  it('counts the last one of duplicate claims, as JSON parsers do', async () => {
    const payload = `{"iss":"${ISSUER}","aud":"${AUDIENCE}","sub":"eve","sub":"ada","exp":${nowS() + 60}}`;
    expect(await method.verify(await signed(payload))).toMatchObject({ userId: 'ada' });
  });
});

describe('[AUTH-4] claims', () => {
  it.each<[string, Partial<JwtSettings>, JWTPayload, string[]]>([
    ['text with spaces', {}, { scope: 'openid read usage profile' }, ['read', 'usage']],
    ['list', { scopesClaim: 'permissions' }, { permissions: ['admin', 1, 'write'] }, ['admin']],
    ['claim with none of ours', {}, { scope: 'openid' }, []],
    ['empty text', {}, { scope: '' }, []],
    ['missing claim', { defaultScopes: ['read'] }, {}, ['read']],
    ['claim that is not looked at', { scopesClaim: '' }, { scope: 'admin' }, ['chat']],
    ['name of a property of all objects', { scopesClaim: 'constructor' }, {}, ['chat']],
  ])('give the scopes: %s', async (_, settings, claims, scopes) => {
    expect((await withSettings(settings, claims))?.scopes).toEqual(scopes);
  });

  it('give user and tenant by their configured names', async () => {
    const settings = { userClaim: 'email', tenantClaim: 'https://example.com/org' };
    const claims = { email: 'ada@example.com', 'https://example.com/org': 'acme' };
    expect(await withSettings(settings, claims)).toMatchObject({
      userId: 'ada@example.com',
      tenantId: 'acme',
    });
    expect(await withSettings(settings, { ...claims, email: undefined })).toBeNull();
  });

  it.each([undefined, '', 'a/b', 'a'.repeat(65), 7, 'default\n'])(
    'do not give the tenant %j, and then nobody comes in',
    async (org) => {
      expect(await withSettings({ tenantClaim: 'org' }, { org })).toBeNull();
    },
  );

  it('give an id of the credential that is not a secret', async () => {
    const token = await tokenOf(key);
    const id = (await method.verify(token))?.credential?.id ?? '';
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(token).not.toContain(id);
    expect((await verified({ jti: 'a\u0000b' }))?.credential?.id).toMatch(/^[\w-]{22}$/);
  });
});

describe('[AUTH-4] a forged token', () => {
  const payload = () => JSON.stringify({ iss: ISSUER, aud: AUDIENCE, sub: 'eve', exp: nowS() + 600 });

  it('without a signature is not one', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      const unsigned = encoded(JSON.stringify({ alg, kid: 'first' }), payload());
      expect(method.recognizes(`${unsigned}.`)).toBe(false);
      expect(await method.verify(`${unsigned}.`)).toBeNull();
      expect(await method.verify(`${unsigned}.AAAA`)).toBeNull();
    }
  });

  it('by HS256 with the public key as its secret is refused', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const own = await crypto.subtle.importKey('jwk', key.publicJwk, algorithm, true, ['verify']);
    const secrets = [await exportSPKI(own), JSON.stringify(key.publicJwk), key.publicJwk.x ?? ''];
    for (const secret of secrets) {
      const body = encoded('{"alg":"HS256","kid":"first"}', payload());
      const signature = createHmac('sha256', secret).update(body).digest('base64url');
      expect(await method.verify(`${body}.${signature}`)).toBeNull();
    }
  });

  it('by another key with the same kid, or with its own key in the header, is refused', async () => {
    const foreign = await signingKey('ES256', 'first');
    expect(await method.verify(await tokenOf(foreign))).toBeNull();
    const header = { jwk: foreign.publicJwk, jku: `${issuer.url}/foreign`, x5u: `${issuer.url}/foreign` };
    const before = issuer.requests();
    expect(await method.verify(await tokenOf(foreign, {}, header))).toBeNull();
    expect(issuer.requests()).toBe(before);
  });

  it('by an algorithm that is not that of the key is refused', async () => {
    const foreign = await signingKey('ES384', 'first');
    expect(await method.verify(await tokenOf(foreign))).toBeNull();
    const rsa = await signingKey('RS256', 'first');
    expect(await method.verify(await tokenOf(rsa))).toBeNull();
  });

  it('with changed claims, or a critical header that is not known, is refused', async () => {
    const [header, , signature] = (await tokenOf(key)).split('.');
    const changed = `${header}.${encoded(payload())}.${signature}`;
    expect(await method.verify(changed)).toBeNull();
    const critical = await new SignJWT({ sub: 'eve' })
      .setProtectedHeader({ alg: 'ES256', kid: 'first', crit: ['x'], x: 1 })
      .sign(key.privateKey, { crit: { x: true } });
    expect(await method.verify(critical)).toBeNull();
  });

  it.each([
    ['nothing', ''],
    ['one part', 'a'],
    ['two parts', 'a.b'],
    ['empty parts', '..'],
    ['four parts', 'a.b.c.d'],
    ['other letters', 'ä.b.c'],
    ['a line feed', 'a.b.c\n'],
    ['more than 16 KiB', `${'a'.repeat(16 * 1024)}.b.c`],
    ['an API key', 'lss_0123456789_abcdef'],
  ])('is not what has %s', (_, secret) => {
    expect(method.recognizes(secret)).toBe(false);
  });

  it.each(['a.b.c', encoded('{}', '{}', 'x'), encoded('null', 'null', 'x'), encoded('{"alg":1}', '[]', 'x')])(
    '%j is recognized, and refused',
    async (secret) => {
      expect(method.recognizes(secret)).toBe(true);
      expect(await method.verify(secret)).toBeNull();
    },
  );

  it('with enormous claims is refused like any other', async () => {
    expect(await verified({ sub: 'a'.repeat(10_000) })).toBeNull();
    expect(await verified({ scope: Array(2_000).fill('chat') })).toMatchObject({ scopes: ['chat'] });
  });
});

describe('[AUTH-4] the log', () => {
  it('has neither tokens nor claims', async () => {
    const token = await tokenOf(key, { sub: 'somebody\u0000', email: 'somebody@example.com' });
    expect(await method.verify(token)).toBeNull();
    expect(lines.join('')).not.toContain('somebody');
    for (const part of token.split('.')) expect(lines.join('')).not.toContain(part);
  });
});

/** A token whose payload is not one that SignJWT would write. */
async function signed(payload: string): Promise<string> {
  const body = encoded('{"alg":"ES256","kid":"first"}', payload);
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, Buffer.from(body));
  return `${body}.${Buffer.from(signature).toString('base64url')}`;
}
