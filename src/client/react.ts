import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { ChatSession } from './session/chat-session.ts';
import type { ChatSnapshot } from './session/chat-snapshot.ts';
import type { SessionOptions, SessionRequest } from './session/session-options.ts';

export interface StreamingChatOptions extends SessionOptions, SessionRequest {}

export interface StreamingChat extends ChatSnapshot {
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
 * A chat in a React component: loads it, reads its active run, and stops reading when the component unmounts (the run
 * goes on). Another `client`, `chatId` or `workspaceId` is another chat. `model`, `options` and `systemPrompt` are for
 * every request.
 */
export function useStreamingChat(options: StreamingChatOptions): StreamingChat {
  const { client, chatId, workspaceId } = options;
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const make = () => {
    const { refreshMs, mustExist, keepUnsent } = options;
    return {
      ...{ client, chatId, workspaceId },
      session: new ChatSession({
        ...{ client, chatId, workspaceId, refreshMs, mustExist, keepUnsent },
        // The callbacks of the latest render: their closures change with each one.
        onBegin: (id) => latest.current.onBegin?.(id),
        onEnd: (end) => latest.current.onEnd?.(end),
      }),
    };
  };
  const [current, setCurrent] = useState(make);
  let { session } = current;
  if (current.client !== client || current.chatId !== chatId || current.workspaceId !== workspaceId) {
    const other = make();
    session = other.session;
    setCurrent(other);
  }
  useEffect(() => {
    session.open();
    return () => session.close();
  }, [session]);
  const snapshot = useSyncExternalStore(session.subscribe, session.snapshot, session.snapshot);
  const { model, options: generation, systemPrompt } = options;
  const request = {
    ...(model === undefined ? {} : { model }),
    ...(generation === undefined ? {} : { options: generation }),
  };
  return {
    ...snapshot,
    send: (content, extra) =>
      session.send(content, {
        ...request,
        ...(systemPrompt === undefined ? {} : { systemPrompt }),
        ...extra,
      }),
    regenerate: (extra) => session.regenerate({ ...request, ...extra }),
    edit: (messageId, content, extra) => session.edit(messageId, content, { ...request, ...extra }),
    stop: () => session.stop(),
    reload: () => session.reload(),
    refresh: () => session.refresh(),
    rename: (title) => session.rename(title),
    dismissError: () => session.dismissError(),
  };
}
