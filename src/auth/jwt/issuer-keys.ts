import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { AuthUnavailableError } from '../../errors.ts';
import { reasonOf } from '../reason-of.ts';
import type { LoadKeys } from './key-source.ts';

/** Keys that the issuer has removed are accepted for this long at most, while it can be reached. */
const REFRESH_MS = 10 * 60_000;

/** Tokens with keys that we do not know cause one fetch in this time, however many there are. */
const COOLDOWN_MS = 30_000;

/** The public keys of an issuer: fetched at once, when a token names an unknown one, and in the background. */
export class IssuerKeys implements Disposable {
  #known = createLocalJWKSet({ keys: [] });
  #loading: Promise<void> | null = null;
  #loadedAt = Number.NEGATIVE_INFINITY;
  /** Of the last attempt. */
  #failure: unknown = null;
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** `changed`: called after keys have been added or removed. */
  constructor(
    private readonly load: LoadKeys,
    private readonly logger: Logger,
    private readonly changed: () => void,
  ) {
    this.#timer = setInterval(() => this.refresh(), REFRESH_MS).unref();
    this.refresh();
  }

  /**
   * The key of a token. Throws AuthUnavailableError when it is not known and the keys cannot be fetched, and the errors
   * of jose: JWKSNoMatchingKey, JWKSMultipleMatchingKeys.
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    try {
      return await this.#known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    if (this.#loading || performance.now() - this.#loadedAt >= COOLDOWN_MS) await this.refresh();
    if (this.#failure !== null) {
      const message = 'The keys of the token issuer cannot be fetched now, and this token needs one of them.';
      throw new AuthUnavailableError(message, this.#failure);
    }
    return this.#known(header, token);
  };

  /** Resolves also when it fails: then the known keys remain. */
  refresh(): Promise<void> {
    this.#loading ??= this.#refresh().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#closing.abort();
  }

  async #refresh(): Promise<void> {
    this.#loadedAt = performance.now();
    try {
      this.#use(await this.load(this.#closing.signal));
      this.#failure = null;
    } catch (error) {
      this.#failure = error;
      if (this.#closing.signal.aborted) return;
      const reason = reasonOf(error);
      this.logger.warn({ reason }, 'cannot fetch the keys of the token issuer; known ones remain valid');
    }
  }

  #use(keys: JSONWebKeySet): void {
    // A new set would import each key again.
    if (JSON.stringify(keys) === JSON.stringify(this.#known.jwks())) return;
    this.#known = createLocalJWKSet(keys);
    this.changed();
    this.logger.info({ keys: keys.keys.length }, 'the token issuer has other keys than before');
  }
}
