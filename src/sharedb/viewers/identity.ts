import { createHash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Principal } from '../../auth/principal.ts';

type Message = Readonly<Record<string, unknown>>;

/** An epoch and a secret of 144 bits; the same form as the ids that ShareDB itself gives to clients. */
const SECRET = /^[\w-]{32}$/;

/** Earlier names of a client, under which it may send ops again that it sent over previous connections. */
const MAX_NAMES = 20;

/**
 * Who a connection is (decision 30). The id that ShareDB's client keeps, and sends again when it reconnects, is a
 * secret; others see its hash, the name. So nobody can impersonate the author of an op or a presence, a client that
 * reconnects can prove who it is, also after a restart of the server, and nothing has to be stored for that.
 */
export class ViewerIdentity {
  readonly #epoch: string;
  #secret: string;
  #name: string;
  #isReturning = false;
  /** Secrets, by the names that they prove. */
  readonly #secrets = new Map<string, string>();
  /** Presence ids as the client knows them, by the ids that others see. */
  readonly #presences = new Map<string, string>();

  /** `epoch`: the prefix of all secrets that this process gives out. */
  constructor(epoch: string) {
    this.#epoch = epoch;
    this.#secret = newSecret(epoch);
    this.#name = nameOf(this.#secret);
  }

  /** It was connected before the server was restarted: the versions that it knows may not exist any more. */
  get isReturning(): boolean {
    return this.#isReturning;
  }

  /** What others see of it; the `src` of its ops. */
  get name(): string {
    return this.#name;
  }

  /** Takes the id that a client sends in its handshake. One that is not a secret proves nothing, and is ignored. */
  claim(id: unknown): void {
    if (!isSecret(id)) return;
    if (id.startsWith(this.#epoch)) {
      this.#take(id);
      return;
    }
    // A secret of before the restart: ops under its name are still the client's own, but it gets a new name.
    this.#prove(id);
    this.#isReturning = true;
  }

  /** Takes a new secret, because another connection has this one. */
  renew(): void {
    this.#take(newSecret(this.#epoch));
  }

  /** The name under which an op is stored. Null: the `src` is another viewer's, or made up. */
  sourceOf(src: unknown): string | null {
    if (src === undefined || src === null) return this.#prove(this.#secret);
    return isSecret(src) ? this.#prove(src) : null;
  }

  /** The presence id that others see: it begins with the name of the viewer. */
  presenceId(id: string): string {
    const slash = id.indexOf('/');
    const prefix = id.slice(0, Math.max(slash, 0));
    const shown = isSecret(prefix) ? `${nameOf(prefix)}${id.slice(slash)}` : `${this.#name}/${id}`;
    if (this.#presences.size >= MAX_NAMES * 5) this.#presences.clear();
    this.#presences.set(shown, id);
    return shown;
  }

  /** A message to this client, with its names replaced by the secrets by which it knows itself. */
  withSecrets(message: Message): Message {
    switch (message.a) {
      case 'init':
      case 'hs':
        return 'id' in message ? { ...message, id: this.#secret } : message;
      case 'op': {
        const secret = typeof message.src === 'string' ? this.#secrets.get(message.src) : undefined;
        return secret === undefined ? message : { ...message, src: secret };
      }
      case 'p': {
        const id = typeof message.id === 'string' ? this.#presences.get(message.id) : undefined;
        return id === undefined ? message : { ...message, id };
      }
      default:
        return message;
    }
  }

  #take(secret: string): void {
    this.#secret = secret;
    this.#name = nameOf(secret);
  }

  /** From now on ops under the name of this secret are sent to the client as its own. */
  #prove(secret: string): string {
    const name = nameOf(secret);
    this.#secrets.delete(name);
    this.#secrets.set(name, secret);
    const [oldest] = this.#secrets.keys();
    if (this.#secrets.size > MAX_NAMES && oldest !== undefined) this.#secrets.delete(oldest);
    return name;
  }
}

function isSecret(id: unknown): id is string {
  return typeof id === 'string' && SECRET.test(id);
}

/** 8 characters. */
export function newEpoch(): string {
  return randomBytes(6).toString('base64url');
}

function newSecret(epoch: string): string {
  return epoch + randomBytes(18).toString('base64url');
}

/** Shorter than a secret, so that neither is taken for the other. */
function nameOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url').slice(0, 22);
}

/** A stream of a viewer's messages, without its socket, whose types the package's declarations need not have. */
export interface ViewerMessages extends Duplex {
  /** Set by whoever takes its messages. */
  identity: ViewerIdentity | null;
  readonly principal: Principal;
}
