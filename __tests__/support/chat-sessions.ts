import {
  ChatSession,
  type ChatSnapshot,
  createChatClient,
  type SessionOptions,
} from '../../src/client/index.ts';

const RECONNECT = { baseMs: 1, capMs: 20, giveUpAfterMs: 100_000 };

/** A session of a chat, open, that reconnects without long pauses. */
export function sessionOf(url: string, chatId?: string, options: Partial<SessionOptions> = {}): ChatSession {
  const client = createChatClient({ baseUrl: url, reconnect: RECONNECT });
  const session = new ChatSession({ client, chatId, refreshMs: 1, ...options });
  session.open();
  return session;
}

/** The first snapshot, from now on, of which the condition holds. */
export function until(
  session: ChatSession,
  holds: (snapshot: ChatSnapshot) => boolean,
): Promise<ChatSnapshot> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds(session.snapshot())) return;
      unsubscribe();
      resolve(session.snapshot());
    };
    const unsubscribe = session.subscribe(look);
    look();
  });
}

export const idle = ({ phase }: ChatSnapshot) => phase === 'idle';
export const streams = ({ streaming }: ChatSnapshot) => (streaming?.content.length ?? 0) > 10;
export const spoken = ({ messages }: ChatSnapshot) =>
  messages.map(({ role, content }) => `${role}: ${content}`);
