/** The token of a share in the address of this page, `/view/{chatId}#{token}`; null: there is none. */
export function shareToken(): string | null {
  return location.pathname.startsWith('/view/') && location.hash.length > 1 ? location.hash.slice(1) : null;
}
