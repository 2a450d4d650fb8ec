import type { Http } from '../../client/http.ts';
import { PAGE_ITEMS, type Page } from '../shell/paged-list.ts';
import type { Limited } from '../shell/validity.ts';

/** What a key can allow, and what that is. */
export const SCOPES = [
  { scope: 'chat', about: 'read and write own chats and workspaces' },
  { scope: 'read', about: 'only read them' },
  { scope: 'usage', about: 'see the usage of all users' },
  { scope: 'admin', about: 'everything, of all users, and keys and the audit log' },
] as const;

export type Scope = (typeof SCOPES)[number]['scope'];

export interface ApiKey extends Limited {
  /** Part of the key, and not secret. */
  id: string;
  name: string;
  userId: string;
  scopes: readonly string[];
  /** Null: all. */
  models: readonly string[] | null;
  createdAt: string;
}

export interface KeyRequest {
  name: string;
  userId: string;
  scopes: readonly Scope[];
  expiresAt: string | null;
}

/** The API keys of the tenant, for administrators. Every method rejects with a ChatClientError. */
export class Keys {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** By user, then the oldest first; with those that were revoked. */
  async list(cursor: string | null, signal: AbortSignal): Promise<Page<ApiKey>> {
    const query = { limit: PAGE_ITEMS, ...(cursor === null ? {} : { cursor }) };
    const page = await this.#http.json<{ keys: ApiKey[]; nextCursor: string | null }>('/api/keys', {
      query,
      signal,
    });
    return { items: page.keys, nextCursor: page.nextCursor };
  }

  /** Resolves with the key itself, which cannot be had again. */
  async create(request: KeyRequest): Promise<string> {
    const { key } = await this.#http.json<{ key: string }>('/api/keys', { method: 'POST', body: request });
    return key;
  }

  revoke(id: string): Promise<void> {
    return this.#http.request(`/api/keys/${encodeURIComponent(id)}`, { method: 'DELETE' }, () => {});
  }
}
