import {
  type MaybeRefOrGetter,
  onScopeDispose,
  type ShallowRef,
  shallowReadonly,
  shallowRef,
  toValue,
  watch,
} from 'vue';
import { ChatSession, type SessionOptions, type SessionRequest } from './session.ts';
import type { ChatSnapshot } from './snapshot.ts';

export interface StreamingChatOptions extends Omit<SessionOptions, 'chatId'> {
  /** Another one is another chat. */
  chatId?: MaybeRefOrGetter<string | undefined>;
  /** For every request. */
  request?: MaybeRefOrGetter<SessionRequest>;
}

export interface StreamingChat {
  /** Replaced whenever something has changed. */
  chat: Readonly<ShallowRef<ChatSnapshot>>;
  /** Answers false, and does nothing, while the chat loads or answers. */
  send(content: string, request?: SessionRequest): boolean;
  regenerate(request?: Omit<SessionRequest, 'systemPrompt'>): boolean;
  /** Stops the answer that streams, for everybody. */
  stop(): Promise<void>;
  /** Loads the chat again, after an error for example. */
  reload(): void;
}

/**
 * A chat in a Vue component, or in any effect scope: loads it, follows what it is answering, and leaves with the scope
 * (the run goes on).
 */
export function useStreamingChat({
  client,
  chatId,
  request,
  refreshMs,
}: StreamingChatOptions): StreamingChat {
  let session = new ChatSession({ client, chatId: toValue(chatId), refreshMs });
  const chat = shallowRef(session.snapshot());
  let close = follow();

  watch(
    () => toValue(chatId),
    (id) => {
      close();
      session = new ChatSession({ client, chatId: id, refreshMs });
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

  return {
    chat: shallowReadonly(chat),
    send: (content, extra) => session.send(content, { ...toValue(request), ...extra }),
    regenerate: (extra) => {
      const { systemPrompt: _, ...generation } = toValue(request) ?? {};
      return session.regenerate({ ...generation, ...extra });
    },
    stop: () => session.stop(),
    reload: () => session.reload(),
  };
}
