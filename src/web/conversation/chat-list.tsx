import type { ChatSummary } from '../../client/index.ts';
import { when } from '../shell/short-date.ts';
import { useStore } from '../shell/store.ts';
import { AccountBar } from '../sign-in/account-bar.tsx';
import type { ChatListStore } from './chat-list-store.ts';
import '../styles/chats.css';

interface Props {
  list: ChatListStore;
  current: string | null;
  /** On a phone the list is a drawer. */
  shown: boolean;
  onOpen(chatId: string | null): void;
  onOptions(chat: { id: string; title: string }): void;
  onClose(): void;
}

/** Past chats, and a link to a new one. */
export function ChatList({ list, current, shown, onOpen, onOptions, onClose }: Props) {
  const { items: chats, nextCursor, loading, failure } = useStore(list.state);
  return (
    <nav
      id="chats"
      class={`chats ${shown ? 'shown' : ''}`}
      aria-label="Chats"
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <header>
        <h2>Chats</h2>
        <span>
          <button type="button" onClick={() => onOpen(null)}>
            New chat
          </button>
          <button type="button" class="quiet close" onClick={onClose} aria-label="Close the list of chats">
            ✕
          </button>
        </span>
      </header>
      <ul>
        {chats.map((chat) => (
          <ChatRow
            key={chat.id}
            chat={chat}
            isCurrent={chat.id === current}
            onOpen={onOpen}
            onOptions={onOptions}
          />
        ))}
        {failure && <li class="empty">The list could not be loaded. {failure}</li>}
        {!loading && !failure && chats.length === 0 && <li class="empty">No chats yet.</li>}
        {nextCursor !== null && (
          <li>
            <button type="button" class="quiet" disabled={loading} onClick={() => void list.more()}>
              Show older chats
            </button>
          </li>
        )}
      </ul>
      <footer>
        <a class="button quiet" href="/workspace">
          Workspaces <span aria-hidden="true">›</span>
        </a>
        <AccountBar />
      </footer>
    </nav>
  );
}

interface RowProps extends Pick<Props, 'onOpen' | 'onOptions'> {
  chat: ChatSummary;
  isCurrent: boolean;
}

function ChatRow({ chat, isCurrent, onOpen, onOptions }: RowProps) {
  const open = (event: MouseEvent) => {
    // With a modifier the browser handles it: a new tab, a new window.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(chat.id);
  };
  return (
    <li class={isCurrent ? 'current' : ''}>
      <a
        href={`/?chat=${encodeURIComponent(chat.id)}`}
        aria-current={isCurrent ? 'page' : undefined}
        onClick={open}
      >
        <span class="title" dir="auto">
          {chat.title}
        </span>
        <span class="when">
          {when(chat.updatedAt)} · {chat.messageCount} {chat.messageCount === 1 ? 'message' : 'messages'}
        </span>
      </a>
      <button
        type="button"
        class="quiet"
        aria-label={`Options of the chat ${chat.title}`}
        onClick={() => onOptions(chat)}
      >
        ⋯
      </button>
    </li>
  );
}
