import type { Http, HttpRequest } from './http.ts';

/** What the holder of a share may do with its document. */
export type ShareAccess = 'read' | 'write';

export interface AddressOptions {
  query?: NonNullable<HttpRequest['query']>;
  /** The token of a share (`lsh_…`), which is then the credential in place of `auth`. */
  share?: string | undefined;
  /** Called with what the share allows, before each connection. */
  onAccess?: ((access: ShareAccess) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * The address of a path, with a ticket where a credential is needed: for one request that cannot have headers
 * (`EventSource`, `WebSocket`, a link to a download), within a minute. Without a credential nothing is requested.
 * Rejects with a ChatClientError.
 */
export async function addressOf(http: Http, path: string, options: AddressOptions = {}): Promise<string> {
  const { query, share, onAccess, signal } = options;
  if (share === undefined && !http.hasCredential) return http.address(path, query);
  const { ticket, access } = await http.json<{ ticket: string; access?: ShareAccess }>('/api/tickets', {
    method: 'POST',
    body: share === undefined ? {} : { share },
    // Another credential would not make a share valid that is not.
    isAnonymous: share !== undefined,
    signal,
  });
  if (access) onAccess?.(access);
  return http.address(path, { ...query, ticket });
}
