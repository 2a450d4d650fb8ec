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
import { Away, Missing } from './unavailable.tsx';
import { WorkspaceChat } from './workspace-chat.ts';
import { type OpenDialog, WorkspaceDialogs } from './workspace-dialogs.tsx';

/** A page reconnects as long as it is open. */
const RECONNECT = { baseMs: 500, capMs: 5_000, giveUpAfterMs: Number.POSITIVE_INFINITY };

/** What a phone has room for one of. */
const PANES = ['files', 'editor', 'chat'] as const;
type Pane = (typeof PANES)[number];
const PANE_NAMES: Record<Pane, string> = { files: 'Files', editor: 'Editor', chat: 'Chat' };

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
  const [notice, setNotice] = useState(firstNotice);
  const [dialog, setDialog] = useState<OpenDialog | null>(null);
  const [pane, setPane] = useState<Pane>('editor');
  const [chosen, setChosen] = useState(() => location.hash.slice(1) || null);

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

  const link = useStore(live.link);
  const { status, name, files, problem, stale } = useStore(workspace.state);
  const others = useStore(viewers.others);
  const { messages, answering } = useStore(session.conversation.state);
  const shown = files.find(({ id }) => id === chosen) ?? null;
  const written = answering ? (messages.at(-1)?.files ?? []) : [];
  const writing = new Set(written.flatMap(({ fileId, change }) => (change === 'writing' ? [fileId] : [])));
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

  const open = useCallback((fileId: string) => {
    setChosen(fileId);
    setPane('editor');
    history.replaceState(null, '', `#${fileId}`);
  }, []);
  // Something is shown as soon as there is something: the first file, or the one that the model begins with.
  const first = files[0]?.id;
  const isNothingShown = shown === null;
  useEffect(() => {
    if (isNothingShown && first !== undefined) setChosen(first);
  }, [isNothingShown, first]);

  const isAnswering = answering !== null;
  useEffect(() => {
    if (isAnswering) setAnnouncement('Answering…');
  }, [isAnswering]);

  const noticeOthers = useCallback((byModel: boolean) => session.notice(byModel), [session]);
  /** What the server says to it is waited for while there is a server; without one it is sent later. */
  const told = async (work: Promise<void>) => {
    if (live.link.value.state === 'open') return work;
    work.catch((error: Error) => setNotice(error.message));
  };

  if (status === 'missing') return <Missing />;
  return (
    <div class={`workspace show-${pane}`}>
      <header class="topbar">
        <a class="button quiet" href="/workspace">
          <span aria-hidden="true">‹</span> <span class="roomy">Workspaces</span>
        </a>
        <h1 dir="auto">{name || 'Workspace'}</h1>
        <LinkBadge link={link} />
        {status === 'there' && (
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
        <fieldset class="panes">
          <legend class="unseen">What is shown</legend>
          {PANES.map((each) => (
            <button key={each} type="button" aria-pressed={each === pane} onClick={() => setPane(each)}>
              {PANE_NAMES[each]}
              {each === 'chat' && isAnswering && pane !== 'chat' && <span class="unseen"> (answering)</span>}
            </button>
          ))}
        </fieldset>
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
            shown={chosen}
            writing={writing}
            others={others}
            onOpen={open}
            onNew={() => setDialog({ kind: 'new' })}
            onOptions={(file) => setDialog({ kind: 'file', file })}
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
          told={told}
          onCreated={open}
          onDelete={async () => {
            await client.workspaces.delete(workspaceId);
            location.assign('/workspace');
          }}
          onClose={() => setDialog(null)}
        />
      )}
      <Announcer text={announcement} />
    </div>
  );
}
