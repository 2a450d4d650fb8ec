import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { jest } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { pino } from 'pino';
import { IssuerKeys } from '../../src/auth/jwt/issuer-keys.ts';
import { jwtMethod } from '../../src/auth/jwt/jwt-method.ts';
import { keySource } from '../../src/auth/jwt/key-source.ts';
import { AuthUnavailableError } from '../../src/errors.ts';
import { keysReply, type Reply, signingKey, startIssuer, tokenOf } from '../support/token-issuer.ts';

const lines: string[] = [];
const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });

/** The clock that says when keys may be fetched again; it goes on by so many ms. */
let aheadMs = 0;
const pass = (ms: number) => {
  aheadMs += ms;
};

beforeEach(() => {
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe('[AUTH-4] the keys of the issuer', () => {
  it('are fetched for an unknown one, but at most every 30 s', async () => {
    const [first, second, foreign] = [
      await signingKey(),
      await signingKey('ES256', 'second'),
      await signingKey('ES256', 'x'),
    ];
    await using issuer = await startIssuer(keysReply(first));
    using method = jwtMethod(issuer.settings(), logger);
    expect(await method.verify(await tokenOf(first))).not.toBeNull();
    issuer.reply = keysReply(first, second);
    expect(await method.verify(await tokenOf(second))).toBeNull();
    expect(issuer.requests()).toBe(1);
    pass(30_000);
    const tokens = await Promise.all(
      [second, foreign, second, foreign].map((key, index) => tokenOf(key, { index })),
    );
    const found = await Promise.all(tokens.map((token) => method.verify(token)));
    expect(found.map((principal) => principal?.userId)).toEqual(['ada', undefined, 'ada', undefined]);
    expect(issuer.requests()).toBe(2);
    expect(await method.verify(await tokenOf(first))).not.toBeNull();
    expect(await method.verify(await tokenOf(foreign, { index: 9 }))).toBeNull();
    expect(issuer.requests()).toBe(2);
  });

  it('that the issuer has removed are not accepted any more, also for tokens that were verified before', async () => {
    const [first, second] = [await signingKey(), await signingKey('ES256', 'second')];
    await using issuer = await startIssuer(keysReply(first));
    using method = jwtMethod(issuer.settings(), logger);
    const token = await tokenOf(first);
    expect(await method.verify(token)).not.toBeNull();
    issuer.reply = keysReply(second);
    pass(30_000);
    expect(await method.verify(await tokenOf(second))).not.toBeNull();
    expect(await method.verify(token)).toBeNull();
  });

  it('are fetched in the background every ten minutes', async () => {
    const every = jest.spyOn(globalThis, 'setInterval');
    const [first, second] = [await signingKey(), await signingKey('ES256', 'second')];
    let current = first;
    let changes = 0;
    const load = async () => ({ keys: [current.publicJwk] });
    using keys = new IssuerKeys(load, logger, () => {
      changes += 1;
    });
    await keys.refresh();
    const [refresh, ms] = every.mock.calls[0] as unknown as [() => Promise<void>, number];
    expect(ms).toBe(600_000);
    current = second;
    await refresh();
    expect(changes).toBe(2);
    const find = (kid: string) => keys.find({ alg: 'ES256', kid }, { payload: '', signature: '' });
    await expect(find('first')).rejects.toThrow('no applicable key');
    expect(await find('second')).toMatchObject({ type: 'public' });
    await refresh();
    expect(changes).toBe(2);
  });

  it('without ids are tried one after the other', async () => {
    const [first, second] = [await signingKey('ES256', ''), await signingKey('ES256', '')];
    await using issuer = await startIssuer(keysReply(first, second));
    using method = jwtMethod(issuer.settings(), logger);
    for (const key of [first, second]) expect(await method.verify(await tokenOf(key))).not.toBeNull();
    expect(await method.verify(await tokenOf(await signingKey('ES256', '')))).toBeNull();
    expect(await method.verify(await tokenOf(second, { aud: 'another' }))).toBeNull();
  });

  it('that are private, secret, for encryption or unusable are no use', async () => {
    const key = await signingKey();
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const others = [
      { ...(await exportJWK(privateKey)), kid: 'private' },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'secret', alg: 'HS256' },
      { ...(await signingKey('ES256', 'encryption')).publicJwk, use: 'enc' },
      { kty: 'EC', crv: 'P-256', kid: 'unusable', x: 'AA', y: 'AA' },
      { kty: 'future', kid: 'future' },
    ];
    await using issuer = await startIssuer((response) =>
      response.end(JSON.stringify({ keys: [...others, key.publicJwk] })),
    );
    using method = jwtMethod(issuer.settings(), logger);
    expect(await method.verify(await tokenOf(key))).not.toBeNull();
    for (const { kid } of others) {
      expect(await method.verify(await tokenOf({ ...key, kid }))).toBeNull();
    }
  });
});

describe('[AUTH-4] an issuer whose keys cannot be fetched', () => {
  /** The replies by which they cannot be, with what the log says. */
  const replies: Record<string, [Reply, string]> = {
    HTML: [(response) => response.end('<!doctype html><p>Sign in</p>'), 'it is not JSON'],
    'an error': [(response) => response.writeHead(500).end('{"keys":[]}'), 'the status is 500'],
    gone: [(response) => response.destroy(), ''],
    'half a reply': [
      (response) => response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy()),
      '',
    ],
    'JSON of another kind': [(response) => response.end('{"keys":{}}'), 'not a JSON Web Key Set'],
    'keys that are no objects': [(response) => response.end('{"keys":["a"]}'), 'not a JSON Web Key Set'],
    'too many keys': [
      (response) => response.end(JSON.stringify({ keys: Array(101).fill({ kty: 'EC' }) })),
      'at most 100 keys',
    ],
    'too many bytes': [
      (response) => response.end(JSON.stringify({ keys: [], more: 'x'.repeat(256 * 1024) })),
      'more than 262144 bytes',
    ],
    'too many bytes, compressed': [
      (response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * 1024 * 1024))),
      'more than 262144 bytes',
    ],
  };

  it.each(Object.keys(replies))('(%s) keeps its known ones; others are 503', async (name) => {
    const [reply, reason] = replies[name] ?? [];
    if (reply) await unreachable(reply, reason ?? '');
  });

  it('(a redirect) is not followed', async () => {
    const key = await signingKey('ES256', 'foreign');
    await using foreign = await startIssuer(keysReply(key));
    await unreachable(
      (response) => response.writeHead(302, { location: `${foreign.url}/keys` }).end(),
      '302',
    );
    expect(foreign.requests()).toBe(0);
  });

  it('(too slow) is left after five seconds', async () => {
    const timeouts: AbortController[] = [];
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      const controller = new AbortController();
      timeouts.push(controller);
      return controller.signal;
    });
    // The first reply is whole, the second one is not.
    await unreachable((response) => {
      response.writeHead(200).write('{"keys":[');
      timeouts.at(-1)?.abort(new DOMException('it took too long', 'TimeoutError'));
    }, 'it took too long');
    expect(timeout.mock.calls).toEqual([[5_000], [5_000]]);
  });

  it('is waited for when it starts after the server', async () => {
    const key = await signingKey();
    await using issuer = await startIssuer((response) => response.writeHead(503).end());
    using method = jwtMethod(issuer.settings(), logger);
    const token = await tokenOf(key);
    await expect(method.verify(token)).rejects.toBeInstanceOf(AuthUnavailableError);
    issuer.reply = keysReply(key);
    await expect(method.verify(token)).rejects.toBeInstanceOf(AuthUnavailableError);
    expect(issuer.requests()).toBe(1);
    pass(30_000);
    expect(await method.verify(token)).not.toBeNull();
  });

  it('is left alone when the server stops', async () => {
    let arrived = () => {};
    const begun = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await using issuer = await startIssuer(() => arrived());
    const warnings = lines.length;
    const keys = new IssuerKeys(keySource(issuer.settings().jwks), logger, () => {});
    const fetched = keys.refresh();
    await begun;
    keys[Symbol.dispose]();
    await fetched;
    expect(lines).toHaveLength(warnings);
  });

  /** Known keys work before and after; a token with an unknown one is 503, and the log says why. */
  async function unreachable(reply: Reply, reason: string): Promise<void> {
    const [known, unknown] = [await signingKey(), await signingKey('ES256', 'foreign')];
    await using issuer = await startIssuer(keysReply(known));
    using method = jwtMethod(issuer.settings(), logger);
    expect(await method.verify(await tokenOf(known))).not.toBeNull();
    issuer.reply = reply;
    pass(30_000);
    const before = lines.length;
    const error: unknown = await method.verify(await tokenOf(unknown)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthUnavailableError);
    expect(error).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
    expect(lines.slice(before)).toHaveLength(1);
    expect(JSON.parse(lines[before] ?? '')).toMatchObject({
      level: 40,
      reason: expect.stringContaining(reason),
    });
    expect(await method.verify(await tokenOf(known, { again: true }))).not.toBeNull();
    await expect(method.verify(await tokenOf(unknown, { again: true }))).rejects.toThrow('cannot be fetched');
    expect(issuer.requests()).toBe(2);
  }
});

describe('[AUTH-4] keys in a file', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'jwks-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('are read again for an unknown one', async () => {
    const [first, second] = [await signingKey(), await signingKey('RS256', 'second')];
    await using issuer = await startIssuer(keysReply());
    const jwks = join(directory, 'keys.json');
    writeFileSync(jwks, JSON.stringify({ keys: [first.publicJwk] }));
    using method = jwtMethod(issuer.settings({ jwks }), logger);
    expect(await method.verify(await tokenOf(first))).not.toBeNull();
    writeFileSync(jwks, JSON.stringify({ keys: [second.publicJwk] }));
    pass(30_000);
    expect(await method.verify(await tokenOf(second))).not.toBeNull();
    expect(await method.verify(await tokenOf(first))).toBeNull();
    rmSync(jwks);
    pass(30_000);
    expect(await method.verify(await tokenOf(second, { again: true }))).not.toBeNull();
    await expect(method.verify(await tokenOf(first))).rejects.toBeInstanceOf(AuthUnavailableError);
    expect(issuer.requests()).toBe(0);
  });

  it.each([
    ['gone.json', null, 'ENOENT'],
    ['empty.json', '', 'it is not JSON'],
    ['pem.json', '-----BEGIN PUBLIC KEY-----', 'it is not JSON'],
    ['huge.json', ' '.repeat(256 * 1024 + 1), 'more than 262144 bytes'],
  ])('%s that cannot be used ends the start', async (name, content, reason) => {
    await using issuer = await startIssuer(keysReply());
    const jwks = join(directory, name);
    if (content !== null) writeFileSync(jwks, content);
    const start = () => jwtMethod(issuer.settings({ jwks }), logger);
    expect(start).toThrow(`jwt.jwks: ${jwks} cannot be used: `);
    expect(start).toThrow(reason);
  });
});
