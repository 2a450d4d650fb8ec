import { useEffect, useState } from 'preact/hooks';
import { Announcer } from '../shell/announcer.tsx';
import { FollowingScroll } from '../shell/following-scroll.tsx';
import { Message } from '../shell/message.tsx';
import { Outcome } from '../shell/outcome.tsx';
import { useStore } from '../shell/store.ts';
import { useTitle } from '../shell/title.ts';
import { LiveChat, type LiveChatState, type LiveDocument } from './live-chat.ts';
import type { LinkState } from './reconnecting-socket.ts';
import { ViewerBar } from './viewer-bar.tsx';
import { Viewers } from './viewers.ts';
import '../styles/view.css';

/** A chat as it happens, for whoever has its address (`/view/{chatId}`). It can be read, not changed. */
export function ViewPage({ chatId }: { chatId: string }) {
  const [{ live, viewers }] = useState(() => {
    const live = new LiveChat(chatId, `${location.origin.replace(/^http/, 'ws')}/sharedb`);
    return { live, viewers: new Viewers(live.connection, chatId) };
  });
  useEffect(() => () => live.close(), [live]);
  const { link, document, problem } = useStore(live.state);
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
      <ViewerBar viewers={viewers} />
      <Announcer text={spoken(document)} />
    </div>
  );
}

function Conversation({ document, link }: Pick<LiveChatState, 'document' | 'link'>) {
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

function LinkBadge({ link }: { link: LinkState }) {
  if (link.state === 'open') return <span class="state good">Live</span>;
  if (link.state === 'connecting') return <span class="state">Connecting</span>;
  return <span class="state warn">{link.offline ? 'Offline' : 'Not connected'}</span>;
}

function LinkNote({ link }: { link: LinkState }) {
  if (link.state !== 'reconnecting') return null;
  return (
    <p class="note warn" role="status">
      {link.offline
        ? 'You are offline. What you see is how it was; it goes on when the network is back.'
        : 'The server cannot be reached. What you see is how it was; trying again by itself.'}
    </p>
  );
}

function spoken(document: LiveDocument | string): string {
  if (typeof document === 'string') return '';
  const last = document.messages.at(-1);
  if (last?.role !== 'assistant') return '';
  return last.status === 'streaming' ? 'Answering…' : 'Answer complete.';
}
