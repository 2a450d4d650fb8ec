import { useEffect, useState } from 'preact/hooks';
import { LinkBadge, LinkNote } from '../live/link-badge.tsx';
import { LiveConnection } from '../live/live-connection.ts';
import { People } from '../live/people.tsx';
import type { LinkState } from '../live/reconnecting-socket.ts';
import { Viewers } from '../live/viewers.ts';
import { Announcer } from '../shell/announcer.tsx';
import { FollowingScroll } from '../shell/following-scroll.tsx';
import { Message } from '../shell/message.tsx';
import { Outcome } from '../shell/outcome.tsx';
import { useStore } from '../shell/store.ts';
import { useTitle } from '../shell/title.ts';
import { LiveChat, type LiveChatState, type LiveDocument } from './live-chat.ts';
import '../styles/view.css';

/** A chat as it happens, for whoever has its address (`/view/{chatId}`). It can be read, not changed. */
export function ViewPage({ chatId }: { chatId: string }) {
  const [{ live, chat: shown, viewers }] = useState(() => {
    const live = new LiveConnection();
    const { connection } = live;
    return { live, chat: new LiveChat(connection, chatId), viewers: new Viewers(connection, chatId) };
  });
  useEffect(
    () => () => {
      shown.close();
      viewers.close();
      live.close();
    },
    [live, shown, viewers],
  );
  const link = useStore(live.link);
  const { document, problem } = useStore(shown.state);
  const chat = typeof document === 'string' ? null : document;
  useTitle(chat ? `${chat.title} · live` : 'Live view');

  return (
    <div class="conversation">
      <header class="topbar">
        <h1>{chat?.title ?? 'Live view'}</h1>
        <LinkBadge link={link} />
        <a class="button quiet" href={`/?chat=${encodeURIComponent(chatId)}`}>
          Open the chat
        </a>
      </header>
      <section class="notes" aria-label="Notices">
        <LinkNote link={link} />
        {problem && <p class="note warn">The chat cannot be shown up to date: {problem} Trying again.</p>}
      </section>
      <FollowingScroll subject={chatId}>
        <Conversation document={document} link={link} />
      </FollowingScroll>
      <footer class="composer">
        <People viewers={viewers} />
      </footer>
      <Announcer text={spoken(document)} />
    </div>
  );
}

function Conversation({ document, link }: { document: LiveChatState['document']; link: LinkState }) {
  if (document === 'loading') return <p class="welcome">Loading the chat…</p>;
  if (document === 'missing') {
    return (
      <div class="welcome">
        <h2>There is no chat here</h2>
        <p>It was deleted, or nothing has been said in it yet. If that changes, it will appear.</p>
      </div>
    );
  }
  return (
    <ol class="messages">
      {document.messages.map(({ id, role, content, reasoning, status }) => (
        <Message key={id} role={role} content={content} reasoning={reasoning} live={status === 'streaming'}>
          {status === 'streaming' ? (
            <p class="answering">{answering(content, link)}</p>
          ) : (
            <Outcome status={status} />
          )}
        </Message>
      ))}
    </ol>
  );
}

function answering(content: string, link: LinkState): string {
  if (link.state !== 'open') return 'It was answering when the connection was lost';
  return content ? 'Answering' : 'Waiting for the first word';
}

function spoken(document: LiveDocument | string): string {
  if (typeof document === 'string') return '';
  const last = document.messages.at(-1);
  if (last?.role !== 'assistant') return '';
  return last.status === 'streaming' ? 'Answering…' : 'Answer complete.';
}
