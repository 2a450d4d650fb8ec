import { useEffect, useState, useSyncExternalStore } from 'react';
import { ChatSession, type SessionOptions, type SessionRequest } from './session.ts';
import type { ChatSnapshot } from './snapshot.ts';

export interface StreamingChatOptions extends SessionOptions, SessionRequest {}

export interface StreamingChat extends ChatSnapshot {
  /** Answers false, and does nothing, while the chat loads or answers. */
  send(content: string, request?: SessionRequest): boolean;
  regenerate(request?: Omit<SessionRequest, 'systemPrompt'>): boolean;
  /** Stops the answer that streams, for everybody. */
  stop(): Promise<void>;
  /** Loads the chat again, after an error for example. */
  reload(): void;
}

/**
 * A chat in a React component: loads it, follows what it is answering, and leaves when the component unmounts (the run
 * goes on). Another `client` or `chatId` is another chat. `model`, `options` and `systemPrompt` are for every request.
 */
export function useStreamingChat(options: StreamingChatOptions): StreamingChat {
  const { client, chatId, refreshMs, ...request } = options;
  const [current, setCurrent] = useState(() => ({
    client,
    chatId,
    session: new ChatSession({ client, chatId, refreshMs }),
  }));
  let { session } = current;
  if (current.client !== client || current.chatId !== chatId) {
    session = new ChatSession({ client, chatId, refreshMs });
    setCurrent({ client, chatId, session });
  }
  useEffect(() => {
    session.open();
    return () => session.close();
  }, [session]);
  const snapshot = useSyncExternalStore(session.subscribe, session.snapshot, session.snapshot);
  return {
    ...snapshot,
    send: (content, extra) => session.send(content, { ...request, ...extra }),
    regenerate: (extra) => {
      const { systemPrompt: _, ...generation } = request;
      return session.regenerate({ ...generation, ...extra });
    },
    stop: () => session.stop(),
    reload: () => session.reload(),
  };
}
