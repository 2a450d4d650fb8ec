// What a request with a JSON Web Token costs more than one without, in CPU time of this process: `npm run build`, then
// `node bench/verify-token.js`. docs/security.md has the figures. A request costs 1.5 to 2.5 ms.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { jwtMethod } from '../dist/auth/jwt/jwt-method.js';

const TOKENS = 2_000;
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

const directory = mkdtempSync(path.join(tmpdir(), 'verify-token-'));

/** @param {string} alg */
async function measure(alg) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwks = path.join(directory, `${alg}.json`);
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'key' }] }));
  const method = jwtMethod(
    {
      ...{ issuer: 'issuer', audience: 'audience', jwks, algorithms: /** @type {['RS256']} */ ([alg]) },
      ...{ userClaim: 'sub', tenantClaim: '', scopesClaim: 'scope', defaultScopes: ['chat'] },
    },
    pino({ level: 'silent' }),
  );
  // As long as those of large issuers.
  const claims = { iss: 'issuer', aud: 'audience', scope: 'chat', filler: 'x'.repeat(600) };
  const sign = (/** @type {unknown} */ _, /** @type {number} */ index) =>
    new SignJWT({ ...claims, sub: String(index) })
      .setProtectedHeader({ alg, kid: 'key' })
      .setExpirationTime('1h')
      .sign(privateKey);
  const tokens = await Promise.all(Array.from({ length: 2 * TOKENS }, sign));
  const verify = async (/** @type {string[]} */ part) => {
    const before = process.cpuUsage();
    for (const token of part) await method.verify(token);
    const { user, system } = process.cpuUsage(before);
    return Math.round((user + system) / part.length);
  };
  // To warm up: other tokens than those that count.
  await verify(tokens.slice(TOKENS));
  const counted = tokens.slice(0, TOKENS);
  const figures = { first: await verify(counted), again: await verify(counted) };
  method[Symbol.dispose]();
  return figures;
}

try {
  for (const alg of ALGORITHMS) {
    const { first, again } = await measure(alg);
    console.log(
      `${alg}: ${first} µs for the first request with a token, ${again} µs for others in the same minute`,
    );
  }
} finally {
  rmSync(directory, { recursive: true });
}
