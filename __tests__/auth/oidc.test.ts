import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pino } from 'pino';
import type { ConfigOverrides } from '../../src/config.ts';
import {
  CLIENT_ID,
  CookieJar,
  json,
  type Lie,
  type LyingProvider,
  startLyingProvider,
} from '../support/lying-provider.ts';
import { type Service, startService } from '../support/service.ts';
import { encoded, nowS, signingKey } from '../support/token-issuer.ts';

const ORIGIN = 'https://chat.example';
const SECRET = 'a-secret-of-the-client';

let provider: LyingProvider;
let service: Service;
const lines: string[] = [];
beforeAll(async () => {
  provider = await startLyingProvider();
});
afterAll(() => provider[Symbol.asyncDispose]());
// A server for each test, because failures count together.
beforeEach(async () => {
  provider.lie = {};
  provider.tokenRequests = [];
  lines.length = 0;
  service = await start();
});
afterEach(() => service[Symbol.asyncDispose]());

function start(oidc: ConfigOverrides['oidc'] = {}, oidcSecret: string | null = SECRET): Promise<Service> {
  return startService({
    config: {
      auth: { methods: ['oidc'] },
      oidc: { issuer: provider.issuer, clientId: CLIENT_ID, ...oidc },
      oidcSecret,
      server: { publicOrigin: ORIGIN },
    },
    logger: pino({}, { write: (line: string) => void lines.push(line) }),
  });
}

const begin = (jar: CookieJar, returnPath = '/?chat=one') =>
  jar.fetch(`${service.url}/api/session/oidc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ return: returnPath }),
  });

/** Begins a sign-in, and returns what the provider is asked. */
async function begun(jar: CookieJar, returnPath?: string): Promise<URLSearchParams> {
  const response = await begin(jar, returnPath);
  expect(response.status).toBe(201);
  const { searchParams } = new URL(((await response.json()) as { url: string }).url);
  provider.nonce = searchParams.get('nonce') ?? '';
  return searchParams;
}

/** The provider sends the browser back. Returns the page that it ends on, and why it is not signed in. */
async function back(jar: CookieJar, query: Record<string, string>) {
  const address = `${service.url}/api/session/oidc/callback?${new URLSearchParams(query)}`;
  const response = await jar.follow(address);
  expect(response.status).toBe(303);
  const url = new URL(response.location);
  return { url, why: url.searchParams.get('sign-in-failed'), setCookies: response.setCookies };
}

async function signIn(lie: Lie = {}, jar = new CookieJar()) {
  const state = (await begun(jar)).get('state') ?? '';
  provider.lie = lie;
  return { jar, state, ...(await back(jar, { code: 'a-code', state })) };
}

async function userOf(jar: CookieJar) {
  const response = await jar.fetch(`${service.url}/api/session`);
  return ((await response.json()) as { user: { userId: string; name: string } | null }).user;
}

describe('[AUTH-5] a sign-in with OpenID Connect', () => {
  it('is an authorization code flow with PKCE, state and nonce, bound to the browser', async () => {
    const jar = new CookieJar();
    const asked = await begun(jar, '/workspace/one?x=%20y');
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: `${ORIGIN}/api/session/oidc/callback`,
      scope: 'openid profile',
      code_challenge_method: 'S256',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    const { url, setCookies } = await back(jar, { code: 'a-code', state: asked.get('state') ?? '' });
    expect(url.href).toBe(`${ORIGIN}/workspace/one?x=%20y`);
    const [flow, session] = setCookies;
    expect(flow).toMatch(
      /^__Host-lss_sign_in_[\w-]{12}=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(session).toMatch(
      /^__Host-lss_session=[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect([...jar.cookies.keys()]).toEqual(['__Host-lss_session']);
    expect(await userOf(jar)).toMatchObject({
      userId: 'ada',
      name: 'ada',
      tenantId: 'default',
      scopes: ['chat'],
    });

    const [{ authorization = '', body } = { body: new URLSearchParams() }] = provider.tokenRequests;
    const client = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
    expect(decodeURIComponent(client)).toBe(`${CLIENT_ID}:${SECRET}`);
    expect(body.get('redirect_uri')).toBe(`${ORIGIN}/api/session/oidc/callback`);
    const verifier = body.get('code_verifier') ?? '';
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(asked.get('code_challenge'));
  });

  it('[AUTH-12] is in the audit log, by the token that it came with', async () => {
    await signIn({ claims: { jti: 'of-the-token' } });
    expect(service.query('SELECT * FROM AuditEntry')).toMatchObject([
      { action: 'session.created', userId: 'ada', credentialKind: 'oidc', credentialId: 'of-the-token' },
    ]);
  });

  it('takes user, name, tenant and scopes from the configured claims', async () => {
    await service[Symbol.asyncDispose]();
    service = await start({
      userClaim: 'email',
      nameClaim: 'nick',
      tenantClaim: 'org',
      scopesClaim: 'roles',
    });
    const claims = {
      email: 'ada@x',
      nick: ` A\u202eda\n${'a'.repeat(200)}`,
      org: 'acme',
      roles: ['read', 'cook'],
    };
    const { jar } = await signIn({ claims });
    expect(await userOf(jar)).toEqual({
      userId: 'ada@x',
      name: `A da ${'a'.repeat(95)}`,
      tenantId: 'acme',
      scopes: ['read'],
    });
  });

  it('sends the client secret in the body where the provider wants that', async () => {
    await service[Symbol.asyncDispose]();
    service = await start({ clientAuth: 'post' });
    await signIn();
    expect(provider.tokenRequests[0]?.authorization).toBeUndefined();
    expect(provider.tokenRequests[0]?.body.get('client_secret')).toBe(SECRET);
  });

  it('needs no client secret', async () => {
    await service[Symbol.asyncDispose]();
    service = await start({}, null);
    const { jar } = await signIn();
    expect(await userOf(jar)).toMatchObject({ userId: 'ada' });
    expect(provider.tokenRequests[0]?.authorization).toBeUndefined();
    expect(provider.tokenRequests[0]?.body.get('client_id')).toBe(CLIENT_ID);
  });

  it('goes on after a restart in the middle, where there is a client secret', async () => {
    const jar = new CookieJar();
    const state = (await begun(jar)).get('state') ?? '';
    await service.restart();
    expect((await back(jar, { code: 'a-code', state })).why).toBeNull();
  });

  it('begins again after a restart in the middle, where there is none', async () => {
    await service[Symbol.asyncDispose]();
    service = await start({}, null);
    const jar = new CookieJar();
    const state = (await begun(jar)).get('state') ?? '';
    await service.restart();
    expect((await back(jar, { code: 'a-code', state })).why).toBe('expired');
  });

  it('ends the session that the browser had before', async () => {
    const { jar } = await signIn();
    const before = jar.header;
    await signIn({ claims: { sub: 'bob' } }, jar);
    expect(await userOf(jar)).toMatchObject({ userId: 'bob' });
    expect((await fetch(`${service.url}/api/chats`, { headers: { cookie: before } })).status).toBe(401);
    expect(service.query('SELECT ownerId FROM Session')).toEqual([{ ownerId: 'default/bob' }]);
  });

  it('keeps at most four sign-ins that were begun in one browser', async () => {
    const jar = new CookieJar();
    const states: string[] = [];
    for (let time = 0; time < 6; time++) states.push((await begun(jar)).get('state') ?? '');
    expect(jar.cookies.size).toBe(4);
    expect((await back(jar, { code: 'a-code', state: states[0] ?? '' })).why).toBe('expired');
    expect((await back(jar, { code: 'a-code', state: states[5] ?? '' })).why).toBeNull();
  });

  it.each(['//evil.example', 'https://evil.example', '/\\evil.example', '/\t/evil.example', 'x', ''])(
    'leads to no other site: %j',
    async (path) => {
      expect((await begin(new CookieJar(), path)).status).toBe(400);
    },
  );

  it('leads to no other site by a path with dots either', async () => {
    const jar = new CookieJar();
    const state = (await begun(jar, '/.//evil.example')).get('state') ?? '';
    expect((await back(jar, { error: 'access_denied', state })).url.origin).toBe(ORIGIN);
  });

  it('is not begun by another site', async () => {
    const response = await fetch(`${service.url}/api/session/oidc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
      body: '{}',
    });
    expect(response.status).toBe(403);
  });
});

const unsigned = () => encoded('{"alg":"none"}', JSON.stringify({ sub: 'ada', nonce: provider.nonce }));

describe('[AUTH-5] a reply of the provider that cannot be accepted', () => {
  it.each<[string, Lie, string]>([
    ['another nonce', { claims: { nonce: 'another' } }, 'refused'],
    ['no nonce', { claims: { nonce: undefined } }, 'refused'],
    ['another audience', { claims: { aud: 'another' } }, 'refused'],
    ['several audiences, for another party', { claims: { aud: [CLIENT_ID, 'x'], azp: 'x' } }, 'refused'],
    ['another issuer', { claims: { iss: 'https://other.example' } }, 'refused'],
    ['a token that expired', { claims: { exp: nowS() - 31 } }, 'refused'],
    ['a token that is not valid yet', { claims: { nbf: nowS() + 3_600 } }, 'refused'],
    ['no user', { claims: { sub: undefined } }, 'refused'],
    ['a user that cannot be one', { claims: { sub: 'a\nb' } }, 'refused'],
    [
      'no token',
      { token: (response) => json(response, { access_token: 'a', token_type: 'Bearer' }) },
      'refused',
    ],
    [
      'a token without a signature',
      {
        token: (response) =>
          json(response, { access_token: 'a', token_type: 'Bearer', id_token: `${unsigned()}.` }),
      },
      'refused',
    ],
    [
      'an unknown client',
      { token: (response) => json(response, { error: 'invalid_client' }, 400) },
      'refused',
    ],
    [
      'a code that was used',
      { token: (response) => json(response, { error: 'invalid_grant' }, 400) },
      'expired',
    ],
    ['an error', { token: (response) => json(response, { error: 'server_error' }, 500) }, 'unavailable'],
    ['a page', { token: page }, 'unavailable'],
    [
      'a page that says it is JSON',
      { token: (response) => page(response, 'application/json') },
      'unavailable',
    ],
    [
      'megabytes',
      { token: (response) => json(response, { access_token: 'a'.repeat(1_000_000) }) },
      'unavailable',
    ],
    [
      'a redirect',
      { token: (response) => response.writeHead(307, { location: '/token' }).end() },
      'unavailable',
    ],
    ['nothing', { token: (response) => response.destroy() }, 'unavailable'],
    ['silence', { token: () => {} }, 'unavailable'],
  ])('has %s', async (_, lie, why) => {
    const signedIn = await signIn(lie);
    expect(signedIn.why).toBe(why);
    expect(signedIn.url.origin + signedIn.url.pathname).toBe(`${ORIGIN}/`);
    expect(signedIn.url.searchParams.get('chat')).toBe('one');
    expect(signedIn.url.searchParams.get('retry-after')).toBe(why === 'unavailable' ? '30' : null);
    expect(signedIn.jar.cookies.size).toBe(0);
    expect(service.query('SELECT 1 FROM Session')).toEqual([]);
    const log = lines.join('');
    expect(log).toContain('a sign-in with OpenID Connect failed');
    for (const secret of [SECRET, 'a-code', signedIn.state, 'eyJ', provider.nonce])
      expect(log).not.toContain(secret);
  });

  it('is one that was signed by another key', async () => {
    expect((await signIn({ key: await signingKey('RS256') })).why).toBe('refused');
  });

  it('is not one of a clock that differs by less than 30 s', async () => {
    expect(
      (await signIn({ claims: { exp: nowS() - 20, iat: nowS() + 20, nbf: nowS() + 20 } })).why,
    ).toBeNull();
  });
});

describe('[AUTH-5] the end of a sign-in', () => {
  it.each([
    ['access_denied', 'denied'],
    ['login_required', 'denied'],
    ['temporarily_unavailable', 'unavailable'],
    ['invalid_scope', 'refused'],
    ['<script>', 'refused'],
  ])('with the error %s says why', async (error, why) => {
    const jar = new CookieJar();
    const state = (await begun(jar)).get('state') ?? '';
    expect((await back(jar, { error, state })).why).toBe(why);
    expect(lines.join('')).not.toContain('<script>');
  });

  it('works once', async () => {
    const { jar, state } = await signIn();
    const sealed = new CookieJar();
    expect((await back(jar, { code: 'a-code', state })).why).toBe('expired');
    expect((await back(sealed, { code: 'a-code', state })).why).toBe('expired');
    expect(await userOf(jar)).toMatchObject({ userId: 'ada' });
    expect(provider.tokenRequests).toHaveLength(1);
  });

  it('works once for a browser that has kept its cookie, also at the same moment', async () => {
    const jar = new CookieJar();
    const state = (await begun(jar)).get('state') ?? '';
    const { header: cookie } = jar;
    const address = `${service.url}/api/session/oidc/callback?code=a-code&state=${state}`;
    const ends = await Promise.all(
      [1, 2, 3].map(() => fetch(address, { headers: { cookie }, redirect: 'manual' })),
    );
    const whys = ends.map(({ headers }) =>
      new URL(headers.get('location') ?? '').searchParams.get('sign-in-failed'),
    );
    expect(whys.sort()).toEqual(['expired', 'expired', null]);
  });

  it('belongs to the browser that began, by its state', async () => {
    const [mine, yours] = [new CookieJar(), new CookieJar()];
    const state = (await begun(mine)).get('state') ?? '';
    await begun(yours);
    expect((await back(yours, { code: 'a-code', state })).why).toBe('expired');
    expect((await back(mine, { code: 'a-code' })).why).toBe('expired');
    expect((await back(mine, { code: 'a-code', state: `${state.slice(0, 12)}${'a'.repeat(31)}` })).why).toBe(
      'expired',
    );
    const [name = ''] = mine.cookies.keys();
    const forged = new CookieJar();
    forged.cookies.set(name, 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c');
    expect((await back(forged, { code: 'a-code', state })).why).toBe('expired');
    expect(provider.tokenRequests).toEqual([]);
  });

  it('[AUTH-10] [AUTH-12] is not looked at after 20 failures within a minute, of which one is audited', async () => {
    const jar = new CookieJar();
    for (let time = 0; time < 20; time++)
      expect((await back(jar, { code: 'x', state: 'x' })).why).toBe('expired');
    const { url, why } = await signIn();
    expect(why).toBe('too-many');
    expect(Number(url.searchParams.get('retry-after'))).toBeGreaterThan(0);
    expect(provider.tokenRequests).toEqual([]);
    expect(service.query('SELECT * FROM AuditEntry')).toMatchObject([
      { action: 'session.refused', userId: 'anonymous', resourceId: 'oidc', credentialId: null },
    ]);
  });

  it('is not counted as a failure when the user has cancelled, or the provider is down', async () => {
    for (let time = 0; time < 21; time++) {
      const jar = new CookieJar();
      const state = (await begun(jar)).get('state') ?? '';
      expect((await back(jar, { error: 'access_denied', state })).why).toBe('denied');
    }
    expect((await signIn()).why).toBeNull();
    expect(service.query("SELECT 1 FROM AuditEntry WHERE action = 'session.refused'")).toEqual([]);
  });

  it('is not sent by a frame or a script of another site', async () => {
    const address = `${service.url}/api/session/oidc/callback?code=x&state=x`;
    for (const [name, value] of [
      ['sec-fetch-dest', 'iframe'],
      ['sec-fetch-mode', 'no-cors'],
    ] as const) {
      const response = await new CookieJar().follow(address, { [name]: value });
      expect(response.status).toBe(403);
    }
  });
});

function page(response: ServerResponse, type: string | IncomingMessage = 'text/html'): void {
  response
    .writeHead(200, { 'content-type': typeof type === 'string' ? type : 'text/html' })
    .end('<h1>Sign in</h1>');
}

describe('[AUTH-5] a provider that cannot be found', () => {
  it.each<[string, Lie['discovery']]>([
    ['has an error', (response) => json(response, {}, 500)],
    ['is a page', (response) => page(response)],
    ['is another one', (response) => json(response, { issuer: 'https://other.example' })],
    ['says megabytes', (response) => json(response, { issuer: 'a'.repeat(1_000_000) })],
    ['is silent', () => {}],
    ['hangs up', (response) => response.destroy()],
  ])('%s: 503, and the server works without it until it is there', async (_, discovery) => {
    provider.lie = discovery ? { discovery } : {};
    const before = provider.discoveries;
    const responses = await Promise.all([1, 2, 3].map(() => begin(new CookieJar())));
    for (const response of responses) {
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await response.json()).toMatchObject({ error: { code: 'auth_unavailable' } });
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    expect(provider.discoveries).toBe(before + 1);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  });

  it('is asked once, and then known', async () => {
    const before = provider.discoveries;
    await signIn();
    await signIn();
    expect(provider.discoveries).toBe(before + 1);
  });
});
