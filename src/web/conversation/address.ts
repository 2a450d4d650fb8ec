/** The chat in the page's address, `/?chat={id}`. Null: a new one. */
export function chatInAddress(): string | null {
  return new URLSearchParams(location.search).get('chat') || null;
}

/** `isSame`: the shown chat has just got its id; Back must not lead to the address without it. */
export function putChatInAddress(chatId: string | null, isSame: boolean): void {
  const address = chatId === null ? '/' : `/?chat=${encodeURIComponent(chatId)}`;
  if (isSame) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
}
