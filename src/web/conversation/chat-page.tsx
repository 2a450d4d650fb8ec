import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Answerer, type ChatMessage, createChatClient, type Model } from '../../client/index.ts';
import { titleFrom } from '../../text/chat-title.ts';
import { AnswerSettings, currentModel } from '../settings/answer-settings.ts';
import { ModelSelect } from '../settings/model-select.tsx';
import { SettingsButton } from '../settings/settings-button.tsx';
import { SettingsDialog } from '../settings/settings-dialog.tsx';
import { ShareDialog } from '../sharing/share-dialog.tsx';
import { useMayShare } from '../sharing/use-may-share.ts';
import { account, mayWrite } from '../shell/account.ts';
import { Announcer } from '../shell/announcer.tsx';
import { FollowingScroll } from '../shell/following-scroll.tsx';
import { NothingHere } from '../shell/nothing-here.tsx';
import { notifyEnd } from '../shell/notifications.ts';
import { watchServer } from '../shell/server-monitor.ts';
import { useStore } from '../shell/store.ts';
import { chatInAddress, putChatInAddress } from './address.ts';
import { spokenTerminal } from './announcements.ts';
import { ChatHeader } from './chat-header.tsx';
import { ChatList } from './chat-list.tsx';
import { ChatListStore } from './chat-list-store.ts';
import { ChatOptions } from './chat-options.tsx';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.ts';
import { MessageList } from './message-list.tsx';
import { NoWriting } from './no-writing.tsx';
import { Notes } from './notices.tsx';
import { NotifyButton } from './notify-button.tsx';
import { useDraft } from './use-draft.ts';
import { Welcome } from './welcome.tsx';

/** A page reconnects as long as it is open. */
const RECONNECT = { baseMs: 500, capMs: 5_000, giveUpAfterMs: Number.POSITIVE_INFINITY };

/** The question that continues an answer that was cut off (decision 42). */
const CONTINUE = 'Continue.';

/** The chat at `/`: past chats, the conversation, and a field to write in. */
export function ChatPage() {
  const [draft, setDraft] = useDraft('draft');
  const [announcement, setAnnouncement] = useState('');
  const [optionsOf, setOptionsOf] = useState<{ id: string; title: string } | null>(null);
  const [sharing, setSharing] = useState<string | null>(null);
  const [drawer, setDrawer] = useState(false);
  const [settingsShown, setSettingsShown] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  /** Moves the focus to the field when the focused element has gone. Not on a phone, where the keyboard would open. */
  const focusField = useCallback(() => {
    if (matchMedia('(hover: hover)').matches) field.current?.focus();
  }, []);
  useLayoutEffect(focusField, [focusField]);

  const askAsNew = useRef<(text: string) => void>(() => {});
  const [{ server, list, settings, conversation }] = useState(() => {
    const server = watchServer(() => {
      void settings.load();
      void list.refresh();
      void conversation.returned();
    });
    const client = createChatClient({ reconnect: RECONNECT, fetch: server.fetch });
    const list = new ChatListStore(client.chats);
    const settings = new AnswerSettings(client);
    const conversation = new Conversation(client, settings, {
      onBegin: (chatId) => {
        putChatInAddress(chatId, true);
        void list.refresh();
      },
      onEnd: (terminal, chat, tookMs) => {
        const sentence = spokenTerminal('Answer', terminal);
        setAnnouncement(sentence);
        notifyEnd(chat.title, sentence, tookMs, chat.id);
        void list.refresh();
      },
      onReturn: (text) => setDraft((current) => current || text),
      onAskAsNew: (text) => askAsNew.current(text),
    });
    return { server, list, settings, conversation };
  });

  const {
    opening,
    asked: questions,
    chatId,
    chat,
    phase,
    messages,
    answering,
    connection,
    failure,
    ...shown
  } = useStore(conversation.state);
  const asked = useStore(settings.state);
  const answerer = shown.answerer ?? answererOf(currentModel(asked));
  const reachability = useStore(server.state);
  const loading = phase === 'loading';
  const isAbsent = shown.missing && messages.length === 0;
  const title = isAbsent ? 'Chat' : (chat?.title ?? titleOf(messages));
  const mayShare = useMayShare();
  const canWrite = mayWrite(useStore(account.state));
  useEffect(() => {
    document.title = title;
  }, [title]);

  useEffect(() => {
    const openAddressed = () => conversation.open(chatInAddress());
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
      server.close();
    };
  }, [conversation, server, list, settings]);

  const isAnswering = answering !== null;
  useEffect(() => {
    if (isAnswering) setAnnouncement('Answering…');
  }, [isAnswering]);

  const open = (id: string | null) => {
    putChatInAddress(id, false);
    setDrawer(false);
    setAnnouncement('');
    conversation.open(id);
    focusField();
  };
  const send = () => {
    if (isAnswering || loading || draft.trim() === '') return;
    conversation.send(draft);
    setDraft('');
  };
  /** Sends the text of the field: the question was returned there, and may have been changed. */
  askAsNew.current = (text) => {
    open(null);
    conversation.send(draft.trim() === '' ? text : draft);
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
  const goOn = useCallback(() => {
    conversation.send(CONTINUE);
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
          chatId={isAbsent ? null : chatId}
          reachability={reachability}
          answerer={answerer}
          drawer={drawer}
          onDrawer={() => setDrawer(!drawer)}
          onOptions={setOptionsOf}
          onShare={mayShare ? () => setSharing(chatId) : null}
        />
        <Notes
          reachability={reachability}
          answerer={answerer}
          failure={failure}
          onDismiss={() => conversation.dismiss()}
        />
        <FollowingScroll subject={`${opening} ${questions}`}>
          {isAbsent && <NothingHere what="chat" next={{ label: 'New chat', run: () => open(null) }} />}
          {messages.length === 0 && !failure && !isAbsent && <Welcome loading={loading} />}
          <MessageList
            key={opening}
            messages={messages}
            answering={answering}
            connection={connection}
            timeouts={asked.timeouts}
            {...(canWrite ? { onRegenerate: regenerate, onContinue: goOn, onEdit: edit } : {})}
          />
        </FollowingScroll>
        {canWrite ? (
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
        ) : (
          <NoWriting />
        )}
      </div>
      {optionsOf && (
        <ChatOptions
          key={optionsOf.id}
          chat={optionsOf}
          onClose={() => setOptionsOf(null)}
          onShare={mayShare ? () => setSharing(optionsOf.id) : null}
          onRename={async (title) => {
            if (optionsOf.id !== chatId) return list.rename(optionsOf.id, title);
            await conversation.rename(title);
            await list.refresh();
          }}
          onDelete={async () => {
            await list.delete(optionsOf.id);
            if (optionsOf.id === chatId) open(null);
          }}
        />
      )}
      {sharing !== null && (
        <ShareDialog of={{ kind: 'chat', id: sharing }} http={server.http} onClose={() => setSharing(null)} />
      )}
      {settingsShown && <SettingsDialog settings={settings} onClose={() => setSettingsShown(false)} />}
      <Announcer text={announcement} />
    </div>
  );
}

/** The model of the next answer, shown before the first one. */
function answererOf(model: Model | undefined): Answerer | null {
  return model ? { model: model.id, provider: model.provider } : null;
}

/** Before a new chat is stored with its title. A long question is not read to its end each time that text arrives. */
function titleOf([first]: readonly ChatMessage[]): string {
  return titleFrom(first?.content.slice(0, 1_000) ?? '') || 'New chat';
}
