import type { Http } from '../../client/http.ts';
import type { ShareAccess as Access } from '../../client/tickets.ts';
import type { Page } from '../shell/paged-list.ts';
import type { Limited } from '../shell/validity.ts';

/** A chat or workspace that can be shared. */
export interface Shareable {
  kind: 'chat' | 'workspace';
  id: string;
}

export interface Share extends Limited {
  id: string;
  access: Access;
  createdAt: string;
}

interface NewShare extends Omit<Share, 'revokedAt'> {
  /** With its token. It cannot be had again. */
  url: string;
}

const PATHS: Record<Shareable['kind'], string> = { chat: '/api/chat', workspace: '/api/workspaces' };

/** The shares of one chat or workspace. Every method rejects with a ChatClientError. */
export class Shares {
  readonly #http: Http;
  readonly #kind: Shareable['kind'];
  readonly #path: string;

  constructor(http: Http, { kind, id }: Shareable) {
    this.#http = http;
    this.#kind = kind;
    this.#path = `${PATHS[kind]}/${encodeURIComponent(id)}/shares`;
  }

  /** The oldest first, with those that were revoked. */
  async list(cursor: string | null, signal: AbortSignal): Promise<Page<Share>> {
    const query = cursor === null ? {} : { cursor };
    const page = await this.#http.json<{ shares: Share[]; nextCursor: string | null }>(this.#path, {
      query,
      signal,
    });
    return { items: page.shares, nextCursor: page.nextCursor };
  }

  /** `expiresAt` null: until it is revoked. */
  create(access: Access, expiresAt: string | null): Promise<NewShare> {
    const body = { expiresAt, ...(this.#kind === 'workspace' ? { access } : {}) };
    return this.#http.json(this.#path, { method: 'POST', body });
  }

  revoke(id: string): Promise<void> {
    return this.#http.request(`${this.#path}/${encodeURIComponent(id)}`, { method: 'DELETE' }, () => {});
  }
}
