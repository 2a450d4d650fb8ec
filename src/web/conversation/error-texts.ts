import { ChatClientError, type ErrorEvent, type Timeouts } from '../../client/index.ts';

/** Sentences for codes of errors, for users. Where there is none, the server's message is shown. */
const SENTENCES: Record<string, string> = {
  network_error: 'The server cannot be reached.',
  timeout: 'The server takes too long to answer.',
  gave_up: 'The server could not be reached again. The answer may have gone on without you.',
  protocol_error: 'What answered is not this service; something stands in between.',
  unauthenticated: 'You are not signed in any more.',
  forbidden: 'Your key does not allow this.',
  chat_busy: 'This chat is answering already, asked in another window.',
  workspace_busy: 'The model is editing these files already, asked in another window.',
  workspace_full:
    'There is no room for what would come back. Make some by removing text or files, then try again.',
  undo_expired: 'This edit is too old to be taken back: what it changed is not kept any more.',
  already_undone: 'This edit was taken back already.',
  not_found: 'This chat does not exist, or was deleted.',
  shutting_down: 'The server is about to stop. Try again in a moment.',
  overloaded: 'The server is giving as many answers as it can. Try again in a moment.',
  storage_full:
    'The server has no room for new messages. Delete chats that nobody needs, or try again later.',
  rate_limited: 'The provider is limiting how often it may be asked. Try again in a moment.',
  content_filtered: 'The provider refused this question.',
  context_length_exceeded: 'This is too long for the model.',
  payload_too_large: 'This is too long for the server.',
  provider_auth_failed: 'The provider did not accept the server’s credentials.',
  provider_unavailable: 'The provider cannot be reached.',
};

/** Why an answer is shorter than the model's. */
const CUTS: Record<string, string> = {
  length: 'The answer reached the longest length that it may have.',
  content_filter: 'The provider’s content filter ended this answer.',
};

/** Timeouts of the server. */
const TIMEOUTS: Record<string, (timeouts: Timeouts | null) => string> = {
  first_token_timeout: (timeouts) =>
    `The provider took too long to begin${atMost(timeouts?.firstTokenMs)}. Nothing of an answer had come.`,
  idle_timeout: (timeouts) =>
    `The provider fell silent in the middle${atMost(timeouts?.idleMs)}. What had come is kept.`,
  total_timeout: (timeouts) =>
    `The answer took longer than it may${atMost(timeouts?.totalMs)}. What had come is kept.`,
};

/** `timeouts`: the server's, if they are known. */
export function sentenceOf(cause: unknown, timeouts: Timeouts | null = null): string {
  const { code, message } =
    cause instanceof ChatClientError || isErrorEvent(cause) ? cause : ChatClientError.from(cause);
  return TIMEOUTS[code]?.(timeouts) ?? SENTENCES[code] ?? message;
}

/** Why an answer ended (`StoredMessage.cause`). Undefined: it ended normally, or its status says enough. */
export function sentenceOfCause(cause: string | null, timeouts: Timeouts | null = null): string | undefined {
  if (cause === null) return undefined;
  return CUTS[cause] ?? TIMEOUTS[cause]?.(timeouts) ?? SENTENCES[cause];
}

function atMost(ms: number | null | undefined): string {
  return ms ? `: it had ${(ms / 1_000).toLocaleString()} s` : '';
}

function isErrorEvent(cause: unknown): cause is ErrorEvent {
  return typeof cause === 'object' && cause !== null && 'type' in cause && cause.type === 'error';
}
