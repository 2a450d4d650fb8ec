import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { createChatClient, type Model, type TerminalEvent } from '../../client/index.ts';
import { AnswerSettings, currentModel } from '../settings/answer-settings.ts';
import { ModelSelect } from '../settings/model-select.tsx';
import { SettingsButton } from '../settings/settings-button.tsx';
import { SettingsDialog } from '../settings/settings-dialog.tsx';
import { Announcer } from '../shell/announcer.tsx';
import { FollowingScroll } from '../shell/following-scroll.tsx';
import { watchServer } from '../shell/health.ts';
import { notifyEnd } from '../shell/notifications.ts';
import { useStore } from '../shell/store.ts';
import { useTitle } from '../shell/title.ts';
import { chatInAddress, putChatInAddress } from './address.ts';
import { ChatHeader } from './chat-header.tsx';
import { ChatList } from './chat-list.tsx';
import { ChatListStore } from './chat-list-store.ts';
import { ChatOptions } from './chat-options.tsx';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.ts';
import type { Answerer, ShownMessage } from './conversation-state.ts';
import { useDraft } from './draft.ts';
import { MessageList } from './message-list.tsx';
import { Notes } from './notes.tsx';
import { NotifyButton } from './notify-button.tsx';
import { Welcome } from './welcome.tsx';

/** A page waits for its server as long as it is open. */
const RECONNECT = { baseMs: 500, capMs: 5_000, giveUpAfterMs: Number.POSITIVE_INFINITY };

/** The chat at `/`: past chats, the conversation, and a field to write in. */
export function ChatPage() {
  const [draft, setDraft] = useDraft('draft');
  const [announcement, setAnnouncement] = useState('');
  const [optionsOf, setOptionsOf] = useState<{ id: string; title: string } | null>(null);
  const [drawer, setDrawer] = useState(false);
  const [settingsShown, setSettingsShown] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  /** Where the focus goes when what had it is gone. Not on a phone, where it would bring up the keyboard. */
  const focusField = useCallback(() => {
    if (matchMedia('(hover: hover)').matches) field.current?.focus();
  }, []);
  useLayoutEffect(focusField, [focusField]);

  const [{ list, settings, conversation }] = useState(() => {
    const client = createChatClient({ reconnect: RECONNECT });
    const list = new ChatListStore(client.chats);
    const settings = new AnswerSettings(client);
    const conversation = new Conversation(client, settings, {
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
    return { list, settings, conversation };
  });

  const { opening, chatId, chat, loading, messages, answering, failure, ...shown } = useStore(
    conversation.state,
  );
  const asked = useStore(settings.state);
  const answerer = shown.answerer ?? answererOf(currentModel(asked));
  const [health] = useState(() =>
    watchServer(() => {
      void settings.load();
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
    void settings.load();
    window.addEventListener('popstate', openAddressed);
    document.addEventListener('visibilitychange', lookAgain);
    return () => {
      window.removeEventListener('popstate', openAddressed);
      document.removeEventListener('visibilitychange', lookAgain);
      conversation.close();
      settings.close();
      list.close();
      health.close();
    };
  }, [conversation, health, list, settings]);

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
        <ChatHeader
          title={title}
          chatId={chatId}
          reachability={reachability}
          answerer={answerer}
          drawer={drawer}
          onDrawer={() => setDrawer(!drawer)}
          onOptions={setOptionsOf}
        />
        <Notes
          reachability={reachability}
          answerer={answerer}
          failure={failure}
          onDismiss={() => conversation.dismiss()}
        />
        <FollowingScroll subject={`${opening}`}>
          {messages.length === 0 && !failure && <Welcome loading={loading} />}
          <MessageList
            key={opening}
            messages={messages}
            answering={answering}
            timeouts={asked.timeouts}
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
          <ModelSelect settings={settings} />
          <SettingsButton settings={settings} onOpen={() => setSettingsShown(true)} />
          <span class="keys">
            {isAnswering ? 'Escape stops the answer' : 'Enter sends, Shift + Enter begins a new line'}
          </span>
          {isAnswering && <NotifyButton />}
        </Composer>
      </div>
      {optionsOf && (
        <ChatOptions
          key={optionsOf.id}
          chat={optionsOf}
          onClose={() => setOptionsOf(null)}
          onRename={async (title) => {
            await list.rename(optionsOf.id, title);
            if (optionsOf.id === chatId) conversation.renamed(title);
          }}
          onDelete={async () => {
            await list.delete(optionsOf.id);
            if (optionsOf.id === chatId) open(null);
          }}
        />
      )}
      {settingsShown && <SettingsDialog settings={settings} onClose={() => setSettingsShown(false)} />}
      <Announcer text={announcement} />
    </div>
  );
}

/** Before the first answer: who will be asked. */
function answererOf(model: Model | undefined): Answerer | null {
  return model ? { model: model.id, provider: model.provider } : null;
}

/** As the server will call a chat that it has not named yet. */
function titleOf([first]: readonly ShownMessage[]): string {
  return first?.content.slice(0, 60) || 'New chat';
}

function spoken(terminal: TerminalEvent): string {
  if (terminal.type === 'complete') {
    if (terminal.valid === undefined) return 'Answer complete.';
    return `Answer complete. It ${terminal.valid ? 'fits' : 'does not fit'} the schema.`;
  }
  return terminal.type === 'stopped' ? 'Answer stopped.' : `Answer failed. ${terminal.message}`;
}
