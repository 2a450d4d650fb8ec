import { useEffect, useState } from 'preact/hooks';
import type { LiveState } from '../../client/live/live-socket.ts';
import { spokenEnd } from '../conversation/announcements.ts';
import { sentenceOfCause } from '../conversation/error-texts.ts';
import { LinkBadge, LinkNote } from '../live/link-badge.tsx';
import { LiveConnection } from '../live/live-connection.ts';
import { People } from '../live/viewer-list.tsx';
import { Viewers } from '../live/viewers.ts';
import { Announcer } from '../shell/announcer.tsx';
import { FollowingScroll } from '../shell/following-scroll.tsx';
import { Message } from '../shell/message.tsx';
import { Outcome } from '../shell/message-outcome.tsx';
import { LinkOver, NothingHere } from '../shell/nothing-here.tsx';
import { shareToken } from '../shell/share-token.ts';
import { useStore } from '../shell/store.ts';
import { AccountBar } from '../sign-in/account-bar.tsx';
import { LiveChat, type LiveChatState, type LiveDocument } from './live-chat.ts';
import '../styles/view.css';

/**
 * The live view of a chat (`/view/{chatId}`): it can be read, not changed. With the token of a share as fragment, it is
 * shown to those who have no account.
 */
export function ViewPage({ chatId }: { chatId: string }) {
  const [{ live, share, chat: shown, viewers }] = useState(() => {
    const share = shareToken();
    const live = new LiveConnection(share === null ? {} : { share });
    const { connection } = live;
    return {
      live,
      share,
      chat: new LiveChat(connection, chatId),
      viewers: new Viewers(connection, `chats/${chatId}`),
    };
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
  const tabTitle = chat ? `${chat.title} · live` : 'Live view';
  useEffect(() => {
    window.document.title = tabTitle;
  }, [tabTitle]);

  return (
    <div class="conversation">
      <header class="topbar">
        <h1 dir="auto">{chat?.title ?? 'Live view'}</h1>
        <LinkBadge link={link} />
        {share === null && document !== 'missing' && (
          <a class="button quiet" href={`/?chat=${encodeURIComponent(chatId)}`}>
            Open the chat
          </a>
        )}
        <AccountBar />
      </header>
      <section class="notes" aria-label="Notices">
        {chat && <LinkNote link={link} />}
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

function Conversation({ document, link }: { document: LiveChatState['document']; link: LiveState }) {
  if (typeof document === 'string' && link.state === 'refused') return <LinkOver />;
  if (document === 'loading') return <p class="welcome">Loading the chat…</p>;
  if (document === 'missing') {
    return (
      <NothingHere what="chat" next={{ label: 'All chats', href: '/' }}>
        If that changes, it will appear.
      </NothingHere>
    );
  }
  return (
    <ol class="messages">
      {document.messages.map(({ id, role, content, reasoning, status, cause, edits }) => (
        <Message key={id} role={role} content={content} reasoning={reasoning} live={status === 'streaming'}>
          {status === 'streaming' ? (
            <p class="answering">{answering(content, link)}</p>
          ) : (
            role === 'assistant' && (
              <Outcome
                status={status}
                reason={sentenceOfCause(cause ?? null)}
                isEmpty={content === '' && !reasoning && !edits}
              />
            )
          )}
        </Message>
      ))}
    </ol>
  );
}

function answering(content: string, link: LiveState): string {
  if (link.state !== 'open') return 'It was answering when the connection was lost';
  return content ? 'Answering' : 'Waiting for the first word';
}

function spoken(document: LiveDocument | string): string {
  if (typeof document === 'string') return '';
  const last = document.messages.at(-1);
  if (last?.role !== 'assistant') return '';
  return spokenEnd('Answer', last.status, last.cause ?? null);
}
