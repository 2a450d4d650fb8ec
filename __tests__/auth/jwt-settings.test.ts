import { ConfigError, configFrom, loadConfig } from '../../src/config.ts';

const COMPLETE = { issuer: 'https://issuer.example/', audience: 'chat', jwks: 'https://issuer.example/keys' };

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

describe('[AUTH-4] the settings of tokens', () => {
  it('may be variables', () => {
    const { auth, jwt } = loadConfig(
      {
        AUTH_METHODS: 'keys, jwt',
        JWT_ISSUER: COMPLETE.issuer,
        JWT_AUDIENCE: COMPLETE.audience,
        JWT_JWKS: './keys.json',
      },
      '/',
    );
    expect(auth.methods).toEqual(['keys', 'jwt']);
    expect(jwt).toMatchObject({
      ...COMPLETE,
      jwks: './keys.json',
      userClaim: 'sub',
      defaultScopes: ['chat'],
    });
  });

  it('may be missing as long as tokens are not accepted', () => {
    expect(configFrom({ auth: { methods: ['keys'] } }).jwt.issuer).toBe('');
  });

  it.each([
    [{}, 'jwt.issuer and jwt.audience and jwt.jwks must be set as well,'],
    [{ ...COMPLETE, audience: ' ' }, 'jwt.audience must be set as well,'],
  ])('%j are not enough', (jwt, sentence) => {
    const message = mistake(() => configFrom({ auth: { methods: ['jwt'] }, jwt }));
    expect(message).toBe(`${sentence} because auth.methods names jwt; see docs/security.md.`);
  });

  it.each(['none', 'HS256', 'HS512', 'rs256', 'RSA-OAEP', 'dir', ''])(
    'do not take the algorithm %j',
    (name) => {
      const message = mistake(() => configFrom({ jwt: { algorithms: ['RS256', name as 'RS256'] } }));
      expect(message).toContain(`jwt.algorithms[1] is "${name}"; allowed is one of RS256, RS384,`);
    },
  );

  it('do not take an empty list of algorithms', () => {
    expect(mistake(() => configFrom({ jwt: { algorithms: [] } }))).toContain('at least one algorithm');
  });

  it.each([
    'http://issuer.example/keys',
    'http://127.0.0.1.example/keys',
    'http://localhost@issuer.example/keys',
    'https://user:password@issuer.example/keys',
    'https://issuer.example/keys#first',
    'ftp://issuer.example/keys',
    'file:///etc/keys.json',
    'https://',
  ])('do not take keys from %s', (jwks) => {
    const message = mistake(() => loadConfig({ JWT_JWKS: jwks }, '/'));
    expect(message).toMatch(
      /^JWT_JWKS is ".*; allowed is an https:\/\/ URL, an http:\/\/ URL of this machine,/,
    );
    expect(message).not.toContain('password');
  });

  it.each([
    'https://issuer.example/keys?v=2',
    'http://localhost:8080/keys',
    'http://127.0.0.1/keys',
    'http://[::1]/keys',
    'keys.json',
    '/etc/keys.json',
    'C:\\keys.json',
  ])('take keys from %s', (jwks) => {
    expect(loadConfig({ JWT_JWKS: jwks }, '/').jwt.jwks).toBe(jwks);
  });

  it('do not take a scope that does not exist', () => {
    const message = mistake(() => configFrom({ jwt: { defaultScopes: ['write' as 'chat'] } }));
    expect(message).toContain(
      'jwt.default_scopes[0] is "write"; allowed is one of chat, read, usage, admin.',
    );
  });
});
