import type { Logger } from 'pino';
import type { Credential, Principal } from './principal.ts';

/** Twice per second, so that with the time of a check a revocation takes effect within a second (AUTH-9). In ms. */
const CHECK_MS = 400;

/** Returns which of these ids of credentials are revoked or unknown. Throws StorageError. */
type RevokedIds = (ids: readonly string[]) => Promise<readonly string[]>;

/** For the kinds of credentials that can be revoked. */
export type RevokedByKind = Readonly<Partial<Record<Credential['kind'], RevokedIds>>>;

interface OpenCredential {
  readonly credential: Credential;
  readonly connections: Set<() => void>;
}

/**
 * The responses and sockets that are open now, by the credential that they came with. They are closed when it is
 * revoked, on whatever instance or by whatever command, or has expired. Nothing is checked while none is open.
 */
export class OpenConnections implements Disposable {
  /** By kind, id and end of the credential. */
  readonly #open = new Map<string, OpenCredential>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly revoked: RevokedByKind,
    private readonly logger: Logger,
  ) {}

  /** Number of connections that are open with a credential. */
  get size(): number {
    return [...this.#open.values()].reduce((sum, { connections }) => sum + connections.size, 0);
  }

  /**
   * `close` is called at most once, when the credential is not valid any more. Returns what is called when it closes.
   */
  add({ credential }: Principal, close: () => void): () => void {
    if (!credential) return () => {};
    // Tokens that were renewed may have one id, but end at different times.
    const name = `${credential.kind} ${credential.id} ${credential.expiresAt?.getTime() ?? ''}`;
    const known = this.#open.get(name) ?? { credential, connections: new Set() };
    this.#open.set(name, known);
    known.connections.add(close);
    this.#timer ??= setTimeout(() => void this.#check(), CHECK_MS).unref();
    return () => {
      known.connections.delete(close);
      if (known.connections.size === 0 && this.#open.get(name) === known) this.#open.delete(name);
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer ?? undefined);
    this.#open.clear();
  }

  async #check(): Promise<void> {
    const now = Date.now();
    for (const [name, { credential }] of this.#open) {
      if (credential.expiresAt && credential.expiresAt.getTime() <= now) this.#close(name);
    }
    const kinds = Object.keys(this.revoked) as Array<Credential['kind']>;
    await Promise.all(kinds.map((kind) => this.#closeRevoked(kind)));
    this.#timer = this.#open.size > 0 ? setTimeout(() => void this.#check(), CHECK_MS).unref() : null;
  }

  async #closeRevoked(kind: Credential['kind']): Promise<void> {
    const ids = [...this.#open.values()].flatMap(({ credential }) =>
      credential.kind === kind ? credential.id : [],
    );
    if (ids.length === 0) return;
    try {
      const revoked = new Set(await this.revoked[kind]?.(ids));
      for (const [name, { credential }] of this.#open) {
        if (credential.kind === kind && revoked.has(credential.id)) this.#close(name);
      }
    } catch (err) {
      // Nobody can be checked now. New requests fail, too, and the next check comes soon.
      this.logger.error({ err, kind }, 'checking open connections failed');
    }
  }

  #close(name: string): void {
    const known = this.#open.get(name);
    this.#open.delete(name);
    for (const close of known?.connections ?? []) close();
  }
}
