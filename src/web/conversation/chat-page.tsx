import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { createChatClient, type TerminalEvent } from '../../client/index.ts';
import { Announcer } from '../shell/announcer.tsx';
import { CopyButton } from '../shell/copy-button.tsx';
import { FollowingScroll } from '../shell/following-scroll.tsx';
import { type Reachability, watchServer } from '../shell/health.ts';
import { askForNotifications, notificationPermission, notifyEnd } from '../shell/notifications.ts';
import { useStore } from '../shell/store.ts';
import { useTitle } from '../shell/title.ts';
import { chatInAddress, putChatInAddress } from './address.ts';
import { ChatList } from './chat-list.tsx';
import { ChatListStore } from './chat-list-store.ts';
import { ChatOptions, viewAddress } from './chat-options.tsx';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.ts';
import type { Answerer, ShownMessage } from './conversation-state.ts';
import { MessageList } from './message-list.tsx';
import { Notes } from './notes.tsx';

/** A page waits for its server as long as it is open. */
const RECONNECT = { baseMs: 500, capMs: 5_000, giveUpAfterMs: Number.POSITIVE_INFINITY };

/** The chat at `/`: past chats, the conversation, and a field to write in. */
export function ChatPage() {
  const [draft, setDraft] = useState('');
  const [announcement, setAnnouncement] = useState('');
  const [optionsOf, setOptionsOf] = useState<{ id: string; title: string } | null>(null);
  const [drawer, setDrawer] = useState(false);
  const [permission, setPermission] = useState(notificationPermission());
  const field = useRef<HTMLTextAreaElement>(null);
  /** Where the focus goes when what had it is gone. Not on a phone, where it would bring up the keyboard. */
  const focusField = useCallback(() => {
    if (matchMedia('(hover: hover)').matches) field.current?.focus();
  }, []);
  useLayoutEffect(focusField, [focusField]);

  const [{ list, conversation }] = useState(() => {
    const client = createChatClient({ reconnect: RECONNECT });
    const list = new ChatListStore(client.chats);
    const conversation = new Conversation(client, {
      onBegin: (chatId) => {
        putChatInAddress(chatId, true);
        void list.refresh();
      },
      onEnd: (terminal, chat, tookMs) => {
        const sentence = spoken(terminal);
        setAnnouncement(sentence);
        notifyEnd(chat.title, sentence, tookMs, chat.id);
        void list.refresh();
      },
      onReturn: (text) => setDraft((current) => current || text),
    });
    return { list, conversation };
  });

  const { opening, chatId, chat, loading, messages, answering, answerer, failure } = useStore(
    conversation.state,
  );
  const [health] = useState(() =>
    watchServer(() => {
      void list.refresh();
      void conversation.refresh();
    }),
  );
  const reachability = useStore(health.state);
  const title = chat?.title ?? titleOf(messages);
  useTitle(title);

  useEffect(() => {
    const openAddressed = () => void conversation.open(chatInAddress());
    const lookAgain = () => {
      if (document.hidden) return;
      void list.refresh();
      void conversation.refresh();
    };
    openAddressed();
    void list.refresh();
    void conversation.learnAnswerer();
    window.addEventListener('popstate', openAddressed);
    document.addEventListener('visibilitychange', lookAgain);
    return () => {
      window.removeEventListener('popstate', openAddressed);
      document.removeEventListener('visibilitychange', lookAgain);
      conversation.close();
      health.close();
    };
  }, [conversation, health, list]);

  const isAnswering = answering !== null;
  useEffect(() => {
    if (isAnswering) setAnnouncement('Answering…');
  }, [isAnswering]);

  const open = (id: string | null) => {
    putChatInAddress(id, false);
    setDrawer(false);
    setAnnouncement('');
    void conversation.open(id);
    focusField();
  };
  const send = () => {
    if (isAnswering || loading || draft.trim() === '') return;
    conversation.send(draft);
    setDraft('');
  };
  const stop = () => {
    void conversation.stop();
    focusField();
  };
  const regenerate = useCallback(() => {
    conversation.regenerate();
    focusField();
  }, [conversation, focusField]);
  const edit = useCallback(
    (id: string, text: string) => {
      conversation.edit(id, text);
      focusField();
    },
    [conversation, focusField],
  );

  return (
    <div class="chat-page">
      <ChatList
        list={list}
        current={chatId}
        shown={drawer}
        onOpen={open}
        onOptions={setOptionsOf}
        onClose={() => setDrawer(false)}
      />
      <div class="conversation">
        <header class="topbar">
          <button
            type="button"
            class="menu-button"
            aria-expanded={drawer}
            aria-controls="chats"
            onClick={() => setDrawer(!drawer)}
          >
            <span aria-hidden="true">☰</span>
            <span class="roomy">Chats</span>
          </button>
          <h1>{title}</h1>
          <Connection reachability={reachability} answerer={answerer} />
          {chatId !== null && (
            <>
              <CopyButton text={() => viewAddress(chatId)}>Copy link</CopyButton>
              <button
                type="button"
                class="quiet"
                aria-label="Options of this chat"
                onClick={() => setOptionsOf({ id: chatId, title })}
              >
                ⋯
              </button>
            </>
          )}
        </header>
        <Notes
          reachability={reachability}
          answerer={answerer}
          failure={failure}
          onDismiss={() => conversation.dismiss()}
        />
        <FollowingScroll subject={`${opening}`}>
          {messages.length === 0 && !failure && (
            <div class="welcome">
              {loading ? (
                <p>Loading the chat…</p>
              ) : (
                <>
                  <h2>What is on your mind?</h2>
                  <p>What you ask and what is answered is kept on this server.</p>
                </>
              )}
            </div>
          )}
          <MessageList
            key={opening}
            messages={messages}
            answering={answering}
            onRegenerate={regenerate}
            onEdit={edit}
          />
        </FollowingScroll>
        <Composer
          draft={draft}
          answering={isAnswering}
          stopping={answering?.stopping ?? false}
          field={field}
          onDraft={setDraft}
          onSend={send}
          onStop={stop}
        >
          <span class="keys">
            {isAnswering ? 'Escape stops the answer' : 'Enter sends, Shift + Enter begins a new line'}
          </span>
          {isAnswering && permission === 'default' && (
            <button
              type="button"
              class="quiet"
              onClick={async () => setPermission(await askForNotifications())}
            >
              Notify me when it is done
            </button>
          )}
        </Composer>
      </div>
      {optionsOf && (
        <ChatOptions
          key={optionsOf.id}
          chat={optionsOf}
          onClose={() => setOptionsOf(null)}
          onRename={async (title) => {
            await list.rename(optionsOf.id, title);
            await conversation.refresh();
          }}
          onDelete={async () => {
            await list.delete(optionsOf.id);
            if (optionsOf.id === chatId) open(null);
          }}
        />
      )}
      <Announcer text={announcement} />
    </div>
  );
}

/** Whether the server can be reached, and who answers there. */
function Connection({ reachability, answerer }: { reachability: Reachability; answerer: Answerer | null }) {
  const isLost = reachability === 'offline' || reachability === 'unreachable';
  const tone = isLost ? 'warn' : reachability === 'reachable' ? 'good' : '';
  return (
    <span class={`state ${tone}`}>
      <span class="roomy">{isLost || !answerer ? REACHABILITY[reachability] : nameOf(answerer)}</span>
    </span>
  );
}

const REACHABILITY: Record<Reachability, string> = {
  unknown: 'Connecting',
  reachable: 'Connected',
  unreachable: 'Not connected',
  offline: 'Offline',
};

function nameOf({ model, provider }: Answerer): string {
  return provider === 'simulator' ? 'Simulator' : `${model} · ${provider}`;
}

/** As the server will call a chat that it has not named yet. */
function titleOf([first]: readonly ShownMessage[]): string {
  return first?.content.slice(0, 60) || 'New chat';
}

function spoken(terminal: TerminalEvent): string {
  if (terminal.type === 'complete') return 'Answer complete.';
  return terminal.type === 'stopped' ? 'Answer stopped.' : `Answer failed. ${terminal.message}`;
}
