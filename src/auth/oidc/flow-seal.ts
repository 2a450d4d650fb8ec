import { hkdfSync, randomBytes } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { z } from 'zod';
import type { Checks } from './identity-provider.ts';

/** How long a user may take at the provider. */
export const FLOW_LIFE_S = 10 * 60;

/** Browsers keep no longer cookies. */
const MAX_CHARS = 4_096;

const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnPath: z.string(),
});

/** A sign-in that has begun: what its second request is checked against, and the page that it began on. */
export interface Flow extends Checks {
  readonly returnPath: string;
}

/**
 * Keeps sign-ins that have begun with the browsers that began them: encrypted, for ten minutes. So however many are
 * begun, this server stores nothing, and one with a client secret goes on with them after a restart.
 */
export class FlowSeal {
  readonly #key: Uint8Array;

  /** `secret`: that of the client; null: a random key, which a restart forgets. */
  constructor(secret: string | null) {
    this.#key =
      secret === null
        ? randomBytes(32)
        : new Uint8Array(hkdfSync('sha256', secret, '', 'llm-streaming-service sign-in', 32));
  }

  seal(flow: Flow): Promise<string> {
    return new EncryptJWT({ ...flow })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(`${FLOW_LIFE_S}s`)
      .encrypt(this.#key);
  }

  /** Null: it was not sealed here, or more than ten minutes ago. */
  async open(text: string): Promise<Flow | null> {
    if (text.length > MAX_CHARS) return null;
    try {
      const { payload } = await jwtDecrypt(text, this.#key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      return flowSchema.parse(payload);
    } catch {
      return null;
    }
  }
}
