/** Which pages open with a share: `/view/{chatId}#{token}`, `/workspace/{workspaceId}#{token}`. */
const VIEW = /^\/view\//;
const WORKSPACE = /^\/workspace\/./;

/** Fragments of other addresses of a workspace are ids of files. */
const TOKEN_PREFIX = 'lsh_';

/** The token of a share in the address of this page, whole or not; null: there is none. */
export function shareToken(): string | null {
  const { pathname, hash } = location;
  const fragment = hash.slice(1);
  const isShared = VIEW.test(pathname) || (WORKSPACE.test(pathname) && fragment.startsWith(TOKEN_PREFIX));
  return isShared && fragment !== '' ? fragment : null;
}
