import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { createChatClient, type TerminalEvent } from '../../client/index.ts';
import { useDraft } from '../conversation/draft.ts';
import { NotifyButton } from '../conversation/notify-button.tsx';
import { LinkBadge } from '../live/link-badge.tsx';
import { LiveConnection } from '../live/live-connection.ts';
import { People } from '../live/people.tsx';
import { Viewers } from '../live/viewers.ts';
import { AnswerSettings } from '../settings/answer-settings.ts';
import { ModelSelect } from '../settings/model-select.tsx';
import { SettingsButton } from '../settings/settings-button.tsx';
import { Announcer } from '../shell/announcer.tsx';
import { Note } from '../shell/note.tsx';
import { notifyEnd } from '../shell/notifications.ts';
import { useStore } from '../shell/store.ts';
import { useTitle } from '../shell/title.ts';
import { Away, Missing } from './absence.tsx';
import { EditChat } from './edit-chat.tsx';
import { EditSession } from './edit-session.ts';
import { EditorPane } from './editor-pane.tsx';
import { FileList } from './file-list.tsx';
import { LiveWorkspace } from './live-workspace.ts';
import { type OpenDialog, WorkspaceDialogs } from './workspace-dialogs.tsx';

/** A page waits for its server as long as it is open. */
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

  const [{ client, live, workspace, viewers, settings, session }] = useState(() => {
    const client = createChatClient({ reconnect: RECONNECT });
    const live = new LiveConnection();
    const { connection } = live;
    const settings = new AnswerSettings(client, { hasForms: false });
    const session = new EditSession(
      client,
      connection,
      workspaceId,
      settings,
      (terminal, chat, tookMs) => {
        const sentence = spoken(terminal);
        setAnnouncement(sentence);
        notifyEnd(chat.title, sentence, tookMs, chat.id);
      },
      (text) => setDraft((current) => current || text),
    );
    return {
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
  useTitle(status === 'there' ? `${name} · workspace` : 'Workspace');

  useEffect(() => {
    void session.open();
    void settings.load();
    return () => {
      session.close();
      settings.close();
      viewers.close();
      workspace.close();
      live.close();
    };
  }, [live, session, settings, viewers, workspace]);

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
        <h1>{name || 'Workspace'}</h1>
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
        <EditChat session={session} settings={settings} draft={draft} onDraft={setDraft} onOpenFile={open}>
          <ModelSelect settings={settings} />
          <SettingsButton settings={settings} onOpen={() => setDialog({ kind: 'settings' })} />
          {isAnswering && <NotifyButton />}
        </EditChat>
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

function spoken(terminal: TerminalEvent): string {
  if (terminal.type === 'complete') return 'Edit complete.';
  return terminal.type === 'stopped' ? 'Edit stopped.' : `Edit failed. ${terminal.message}`;
}
