import { readFileSync, statSync } from 'node:fs';
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { boundedArray } from '../../chat/validation.ts';
import { ConfigError, isUrl } from '../../config.ts';
import { boundedText, tooLong } from '../bounded-text.ts';
import { reasonOf } from '../reason-of.ts';

/** Loads the public keys of an issuer. Throws an Error whose message says why it cannot. */
export type LoadKeys = (signal: AbortSignal) => Promise<JSONWebKeySet>;

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;

const keySet = z.object({ keys: boundedArray(z.looseObject({ kty: z.string() }), MAX_KEYS, 'keys') });

/**
 * `jwks`: an URL, or the path of a file, relative to the working directory. Throws a ConfigError for a file that cannot
 * be used now; a server may be started before its issuer is, and is waited for.
 */
export function keySource(jwks: string): LoadKeys {
  if (isUrl(jwks)) return (signal) => fetchKeys(jwks, signal);
  try {
    readKeys(jwks);
  } catch (error) {
    throw new ConfigError(`jwt.jwks: ${jwks} cannot be used: ${reasonOf(error)}.`);
  }
  return async () => readKeys(jwks);
}

function readKeys(path: string): JSONWebKeySet {
  if (statSync(path).size > MAX_BYTES) throw tooLong(MAX_BYTES);
  return parsed(readFileSync(path, 'utf8'));
}

async function fetchKeys(url: string, signal: AbortSignal): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    // Whoever can redirect would say who comes in.
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  if (response.status !== 200 || !response.body) {
    await response.body?.cancel();
    throw new Error(`the status is ${response.status}, not 200 (redirects are not followed)`);
  }
  return parsed(await boundedText(response.body, MAX_BYTES));
}

function parsed(text: string): JSONWebKeySet {
  const result = keySet.safeParse(json(text));
  if (!result.success) throw new Error(`it is not a JSON Web Key Set of at most ${MAX_KEYS} keys`);
  // A private key is not for us, and a secret one (`k`) is not for anybody.
  return { keys: result.data.keys.filter((key) => !('d' in key) && !('k' in key)) };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message has an excerpt of the text.
    throw new Error('it is not JSON');
  }
}
