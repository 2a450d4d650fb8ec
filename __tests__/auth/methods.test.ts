import { ConfigError, configFrom, loadConfig } from '../../src/config.ts';
import { createKey } from '../support/keys.ts';
import { startLyingProvider } from '../support/lying-provider.ts';
import { startService } from '../support/service.ts';
import { keysReply, signingKey, startIssuer, tokenOf } from '../support/token-issuer.ts';

const statusOf = async (url: string, headers: Record<string, string>) =>
  (await fetch(`${url}/api/chats`, { headers })).status;

const waysIn = async (url: string) => (await fetch(`${url}/api/session`)).json();

describe('[AUTH-1] a server', () => {
  it('that accepts tokens only has no way to sign in on the page', async () => {
    const key = await signingKey();
    await using issuer = await startIssuer(keysReply(key));
    await using service = await startService({
      config: { auth: { methods: ['jwt'] }, jwt: issuer.settings() },
    });
    expect(await waysIn(service.url)).toEqual({ user: null, methods: ['jwt'], identityProvider: null });
    expect(await statusOf(service.url, { authorization: `Bearer ${await tokenOf(key)}` })).toBe(200);
    const { text } = await createKey(service.databaseFile);
    expect(await statusOf(service.url, { authorization: `Bearer ${text}` })).toBe(401);
    const post = (path: string, body: object) =>
      fetch(`${service.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await post('/api/session', { key: text })).status).toBe(404);
    expect((await post('/api/session/oidc', {})).status).toBe(404);
    expect((await fetch(`${service.url}/api/session/oidc/callback?code=x&state=x`)).status).toBe(404);
  });

  it('that accepts all of them takes each, and does not start without what they need', async () => {
    const key = await signingKey();
    await using issuer = await startIssuer(keysReply(key));
    await using provider = await startLyingProvider();
    await using service = await startService({
      config: {
        auth: { methods: ['keys', 'jwt', 'oidc'] },
        jwt: issuer.settings(),
        oidc: { issuer: provider.issuer, clientId: 'chat' },
        server: { publicOrigin: 'https://chat.example' },
      },
    });
    expect(await waysIn(service.url)).toEqual({
      user: null,
      methods: ['keys', 'jwt', 'oidc'],
      identityProvider: new URL(provider.issuer).host,
    });
    const { text } = await createKey(service.databaseFile);
    expect(await statusOf(service.url, { 'x-api-key': text })).toBe(200);
    expect(await statusOf(service.url, { authorization: `Bearer ${await tokenOf(key)}` })).toBe(200);
    expect(await statusOf(service.url, { authorization: 'Bearer neither' })).toBe(401);
    expect(await statusOf(service.url, {})).toBe(401);
  });
});

/** The sentence that stops the start. */
function mistake(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('[AUTH-5] the settings of OpenID Connect', () => {
  const COMPLETE = { issuer: 'https://login.example', clientId: 'chat' };

  it('may be variables, with the secret', () => {
    const { oidc, oidcSecret } = loadConfig(
      {
        AUTH_METHODS: 'oidc',
        OIDC_ISSUER: COMPLETE.issuer,
        OIDC_CLIENT_ID: 'chat',
        OIDC_CLIENT_SECRET: ' secret ',
        PUBLIC_ORIGIN: 'https://chat.example',
      },
      '/',
    );
    expect(oidc).toMatchObject({ ...COMPLETE, scopes: 'openid profile', userClaim: 'sub', scopesClaim: '' });
    expect(oidcSecret).toBe('secret');
  });

  it('must be complete when users sign in with it', () => {
    const why = 'must be set as well, because auth.methods names oidc; see docs/security.md.';
    const auth = { methods: ['oidc' as const] };
    expect(mistake(() => configFrom({ auth }))).toBe(
      `oidc.issuer and oidc.client_id and server.public_origin ${why}`,
    );
    expect(mistake(() => configFrom({ auth, oidc: COMPLETE }))).toBe(`server.public_origin ${why}`);
    expect(configFrom({ auth: { methods: ['keys'] } }).oidc.issuer).toBe('');
  });

  it.each([
    [
      { issuer: 'http://login.example' },
      'overrides: oidc.issuer is "http://login.example"; allowed is an https://',
    ],
    [
      { scopes: 'profile' },
      'oidc.scopes is "profile"; allowed is names with spaces between, openid among them.',
    ],
    [{ clientAuth: 'jwt' as 'post' }, 'oidc.client_auth is "jwt"; allowed is one of basic, post.'],
    [{ defaultScopes: ['all' as 'chat'] }, 'oidc.default_scopes[0] is "all"; allowed is one of chat,'],
  ])('do not take %j', (oidc, sentence) => {
    expect(mistake(() => configFrom({ oidc }))).toContain(sentence);
  });

  it('do not show the secret when it cannot be one', () => {
    const message = mistake(() => loadConfig({ OIDC_CLIENT_SECRET: 'two words' }, '/'));
    expect(message).toContain('OIDC_CLIENT_SECRET has spaces');
    expect(message).not.toContain('two words');
  });
});
