import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { createChatClient } from '../../client/index.ts';
import { spokenTerminal } from '../conversation/announcements.ts';
import { NotifyButton } from '../conversation/notify-button.tsx';
import { useDraft } from '../conversation/use-draft.ts';
import { LinkBadge } from '../live/link-badge.tsx';
import { LiveConnection } from '../live/live-connection.ts';
import { People } from '../live/viewer-list.tsx';
import { Viewers } from '../live/viewers.ts';
import { AnswerSettings } from '../settings/answer-settings.ts';
import { ModelSelect } from '../settings/model-select.tsx';
import { SettingsButton } from '../settings/settings-button.tsx';
import { ShareDialog } from '../sharing/share-dialog.tsx';
import { useMayShare } from '../sharing/use-may-share.ts';
import { account, mayWrite } from '../shell/account.ts';
import { Announcer } from '../shell/announcer.tsx';
import { Note } from '../shell/notice.tsx';
import { notifyEnd } from '../shell/notifications.ts';
import { watchServer } from '../shell/server-monitor.ts';
import { useStore } from '../shell/store.ts';
import { AccountBar } from '../sign-in/account-bar.tsx';
import { ChatPane } from './chat-pane.tsx';
import { EditorPane } from './editor-pane.tsx';
import { FileList } from './file-list.tsx';
import { LiveWorkspace } from './live-workspace.ts';
import { Panes } from './panes.tsx';
import { Away, Missing } from './unavailable.tsx';
import { useShownFile } from './use-shown-file.ts';
import { useTold } from './use-told.ts';
import { WorkspaceChat } from './workspace-chat.ts';
import { type OpenDialog, WorkspaceDialogs } from './workspace-dialogs.tsx';

/** A page reconnects as long as it is open. */
const RECONNECT = { baseMs: 500, capMs: 5_000, giveUpAfterMs: Number.POSITIVE_INFINITY };

/** What a phone has room for one of. */
type Pane = 'files' | 'editor' | 'chat';

interface Props {
  workspaceId: string;
  /** What is to be said from the beginning. */
  notice: string | null;
  /** What is here cannot be continued; `lost`: with something that was typed here. */
  onStale(lost: boolean): void;
}

/** Everything that there is of a workspace, for as long as it can be continued. */
export function WorkspaceView({ workspaceId, notice: firstNotice, onStale }: Props) {
  const [draft, setDraft] = useDraft(`draft of ${workspaceId}`);
  const [announcement, setAnnouncement] = useState('');
  const [dialog, setDialog] = useState<OpenDialog | null>(null);
  const [sharing, setSharing] = useState(false);
  const [pane, setPane] = useState<Pane>('editor');

  const askAsNew = useRef<(text: string) => void>(() => {});
  const [{ server, client, live, workspace, viewers, settings, session }] = useState(() => {
    const server = watchServer(() => {
      live.wake();
      session.refresh();
      void settings.load();
    });
    const client = createChatClient({ reconnect: RECONNECT, fetch: server.fetch });
    const live = new LiveConnection();
    const { connection } = live;
    const settings = new AnswerSettings(client, { hasForms: false });
    const session = new WorkspaceChat(client, connection, workspaceId, settings, {
      onEnd: (terminal, chat, tookMs) => {
        const sentence = spokenTerminal('Edit', terminal);
        setAnnouncement(sentence);
        notifyEnd(chat.title, sentence, tookMs, chat.id);
      },
      onReturn: (text) => setDraft((current) => current || text),
      onAskAsNew: (text) => askAsNew.current(text),
    });
    return {
      server,
      client,
      live,
      settings,
      session,
      workspace: new LiveWorkspace(connection, workspaceId),
      viewers: new Viewers(connection, `workspaces/${workspaceId}`),
    };
  });

  const { notice, setNotice, told } = useTold(live, firstNotice);
  const link = useStore(live.link);
  const { status, name, files, problem, stale } = useStore(workspace.state);
  const others = useStore(viewers.others);
  const { messages, answering } = useStore(session.conversation.state);
  const { shown, show } = useShownFile(files);
  const written = answering ? (messages.at(-1)?.files ?? []) : [];
  const writing = new Set(written.flatMap(({ fileId, change }) => (change === 'writing' ? [fileId] : [])));
  const canWrite = mayWrite(useStore(account.state));
  const mayShare = useMayShare();
  const tabTitle = status === 'there' ? `${name} · workspace` : 'Workspace';
  useEffect(() => {
    window.document.title = tabTitle;
  }, [tabTitle]);

  useEffect(() => {
    void session.open();
    void settings.load();
    return () => {
      session.close();
      settings.close();
      viewers.close();
      workspace.close();
      live.close();
      server.close();
    };
  }, [live, server, session, settings, viewers, workspace]);

  useEffect(
    () => server.state.subscribe(() => server.state.value === 'unreachable' && live.check()),
    [live, server],
  );

  const isOpen = link.state === 'open';
  const wasOpen = useRef(false);
  useEffect(() => {
    if (!isOpen) return;
    if (wasOpen.current) {
      session.refresh();
      void settings.load();
    }
    wasOpen.current = true;
  }, [isOpen, session, settings]);

  /** Sends the text of the field: the question was returned there, and may have been changed. */
  askAsNew.current = (text) => {
    session.conversation.open(null);
    session.conversation.send(draft.trim() === '' ? text : draft);
    setDraft('');
  };

  useEffect(() => {
    if (stale) onStale(stale.lost);
  }, [stale, onStale]);

  const open = useCallback(
    (fileId: string) => {
      show(fileId);
      setPane('editor');
    },
    [show],
  );

  const isAnswering = answering !== null;
  useEffect(() => {
    if (isAnswering) setAnnouncement('Answering…');
  }, [isAnswering]);

  const noticeOthers = useCallback((byModel: boolean) => session.notice(byModel), [session]);

  if (status === 'missing') return <Missing />;
  return (
    <div class={`workspace show-${pane}`}>
      <header class="topbar">
        <a class="button quiet" href="/workspace">
          <span aria-hidden="true">‹</span> <span class="roomy">Workspaces</span>
        </a>
        <h1 dir="auto">{name || 'Workspace'}</h1>
        <LinkBadge link={link} />
        {status === 'there' && mayShare && (
          <button type="button" class="quiet" onClick={() => setSharing(true)}>
            Share
          </button>
        )}
        {status === 'there' && canWrite && (
          <button
            type="button"
            class="quiet"
            aria-label="Options of this workspace"
            onClick={() => setDialog({ kind: 'workspace' })}
          >
            ⋯
          </button>
        )}
        <AccountBar />
        <Panes
          names={{ files: 'Files', editor: 'Editor', chat: chatPaneName(isAnswering && pane !== 'chat') }}
          shown={pane}
          onShow={(each) => setPane(each)}
        />
      </header>
      <section class="notes" aria-label="Notices">
        <Away link={link} />
        {problem && <Note text={problem} isBad onDismiss={() => workspace.dismiss()} />}
        {notice && <Note text={notice} onDismiss={() => setNotice(null)} />}
      </section>
      <main class="work">
        <div class="side">
          <FileList
            files={files}
            shown={shown?.id ?? null}
            writing={writing}
            others={others}
            onOpen={open}
            onNew={canWrite ? () => setDialog({ kind: 'new' }) : null}
            onOptions={canWrite ? (file) => setDialog({ kind: 'file', file }) : null}
          />
          <People
            viewers={viewers}
            where={({ cursor }) => files.find(({ id }) => id === cursor?.fileId)?.name ?? null}
          />
        </div>
        <EditorPane
          workspace={workspace}
          viewers={viewers}
          files={files}
          file={shown}
          isWritten={shown !== null && writing.has(shown.id)}
          isReadOnly={!canWrite}
          onOthers={noticeOthers}
        />
        <ChatPane session={session} settings={settings} draft={draft} onDraft={setDraft} onOpenFile={open}>
          <ModelSelect settings={settings} />
          <SettingsButton settings={settings} onOpen={() => setDialog({ kind: 'settings' })} />
          {isAnswering && <NotifyButton />}
        </ChatPane>
      </main>

      {dialog && (
        <WorkspaceDialogs
          dialog={dialog}
          name={name}
          workspace={workspace}
          settings={settings}
          onShare={mayShare ? () => setSharing(true) : null}
          told={told}
          onCreated={open}
          onDelete={async () => {
            await client.workspaces.delete(workspaceId);
            location.assign('/workspace');
          }}
          onClose={() => setDialog(null)}
        />
      )}
      {sharing && (
        <ShareDialog
          of={{ kind: 'workspace', id: workspaceId }}
          http={server.http}
          onClose={() => setSharing(false)}
        />
      )}
      <Announcer text={announcement} />
    </div>
  );
}

function chatPaneName(isAnswering: boolean) {
  return <>Chat{isAnswering && <span class="unseen"> (answering)</span>}</>;
}
