/** The chat that the page's address names: `/?chat={id}`. Null: a new one. */
export function chatInAddress(): string | null {
  return new URLSearchParams(location.search).get('chat') || null;
}

/** `isSame`: the chat that is shown got its name just now; going back must not lead to before that. */
export function putChatInAddress(chatId: string | null, isSame: boolean): void {
  const address = chatId === null ? '/' : `/?chat=${encodeURIComponent(chatId)}`;
  if (isSame) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
}
