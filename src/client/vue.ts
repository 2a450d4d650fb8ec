import {
  type MaybeRefOrGetter,
  onScopeDispose,
  type ShallowRef,
  shallowReadonly,
  shallowRef,
  toValue,
  watch,
} from 'vue';
import { ChatSession } from './session/chat-session.ts';
import type { ChatSnapshot } from './session/chat-snapshot.ts';
import type { SessionOptions, SessionRequest } from './session/session-options.ts';

export interface StreamingChatOptions extends Omit<SessionOptions, 'chatId'> {
  /** Another one is another chat. */
  chatId?: MaybeRefOrGetter<string | undefined>;
  /** For every request. */
  request?: MaybeRefOrGetter<SessionRequest>;
}

export interface StreamingChat {
  /** Replaced whenever something has changed. */
  chat: Readonly<ShallowRef<ChatSnapshot>>;
  /** Returns false, and does nothing, while the chat loads or answers. */
  send(content: string, request?: SessionRequest): boolean;
  regenerate(request?: Omit<SessionRequest, 'systemPrompt'>): boolean;
  /** Asks a question differently (`messageId`: of a message that `isStored`); what followed it is superseded. */
  edit(messageId: string, content: string, request?: Omit<SessionRequest, 'systemPrompt'>): boolean;
  /** Stops the answer that streams, for all readers. */
  stop(): Promise<void>;
  /** Loads the chat again, after an error for example. */
  reload(): void;
  /** Loads changes that were made elsewhere. */
  refresh(): Promise<void>;
  /** Gives the chat another title. */
  rename(title: string): Promise<void>;
  dismissError(): void;
}

/**
 * A chat in a Vue component, or in any effect scope: loads it, reads its active run, and stops reading with the scope
 * (the run goes on).
 */
export function useStreamingChat({ chatId, request, ...options }: StreamingChatOptions): StreamingChat {
  let session = new ChatSession({ ...options, chatId: toValue(chatId) });
  const chat = shallowRef(session.snapshot());
  let close = follow();

  watch(
    () => toValue(chatId),
    (id) => {
      close();
      session = new ChatSession({ ...options, chatId: id });
      close = follow();
    },
  );
  onScopeDispose(() => close());

  function follow(): () => void {
    const { subscribe, snapshot } = session;
    const followed = session;
    const unsubscribe = subscribe(() => {
      chat.value = snapshot();
    });
    chat.value = snapshot();
    followed.open();
    return () => {
      unsubscribe();
      followed.close();
    };
  }

  function generation(): Omit<SessionRequest, 'systemPrompt'> {
    const { systemPrompt: _, ...others } = toValue(request) ?? {};
    return others;
  }

  return {
    chat: shallowReadonly(chat),
    send: (content, extra) => session.send(content, { ...toValue(request), ...extra }),
    regenerate: (extra) => session.regenerate({ ...generation(), ...extra }),
    edit: (messageId, content, extra) => session.edit(messageId, content, { ...generation(), ...extra }),
    stop: () => session.stop(),
    reload: () => session.reload(),
    refresh: () => session.refresh(),
    rename: (title) => session.rename(title),
    dismissError: () => session.dismissError(),
  };
}
