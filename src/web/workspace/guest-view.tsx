import { useEffect, useState } from 'preact/hooks';
import type { ShareAccess as Access } from '../../client/tickets.ts';
import { LinkBadge } from '../live/link-badge.tsx';
import { LiveConnection } from '../live/live-connection.ts';
import { People } from '../live/viewer-list.tsx';
import { Viewers } from '../live/viewers.ts';
import { LinkOver, NothingHere } from '../shell/nothing-here.tsx';
import { Note } from '../shell/notice.tsx';
import { Cell, useStore } from '../shell/store.ts';
import { EditorPane } from './editor-pane.tsx';
import { FileDialogs, type OpenFileDialog } from './file-dialogs.tsx';
import { FileList } from './file-list.tsx';
import { LiveWorkspace } from './live-workspace.ts';
import { Panes } from './panes.tsx';
import { Away, Instead } from './unavailable.tsx';
import { useShownFile } from './use-shown-file.ts';
import { useTold } from './use-told.ts';

/** What a phone has room for one of. */
const PANES = { files: 'Files', editor: 'Editor' } as const;

interface Props {
  workspaceId: string;
  /** Of the share. */
  token: string;
  /** What is to be said from the beginning. */
  notice: string | null;
  /** What is here cannot be continued; `lost`: with something that was typed here. */
  onStale(lost: boolean): void;
}

/** A workspace for who has come with a share: its files, to look at or to edit, and who else is here. */
export function GuestView({ workspaceId, token, notice: firstNotice, onStale }: Props) {
  const [{ live, workspace, viewers, access }] = useState(() => {
    const access = new Cell<Access | null>(null);
    const live = new LiveConnection({ share: token, onAccess: (given) => access.set(given) });
    const { connection } = live;
    return {
      access,
      live,
      workspace: new LiveWorkspace(connection, workspaceId, () => access.value !== 'write'),
      viewers: new Viewers(connection, `workspaces/${workspaceId}`),
    };
  });
  const [dialog, setDialog] = useState<OpenFileDialog | null>(null);
  const [pane, setPane] = useState<keyof typeof PANES>('editor');
  const { notice, setNotice, told } = useTold(live, firstNotice);
  const link = useStore(live.link);
  const { status, name, files, problem, stale } = useStore(workspace.state);
  const others = useStore(viewers.others);
  const isOver = link.state === 'refused';
  const canWrite = useStore(access) === 'write' && !isOver;
  const { shown, show } = useShownFile(files);
  const open = (fileId: string) => {
    show(fileId);
    setPane('editor');
  };

  useEffect(() => {
    window.document.title = status === 'there' ? `${name} · workspace` : 'Workspace';
  }, [status, name]);
  useEffect(
    () => () => {
      viewers.close();
      workspace.close();
      live.close();
    },
    [live, viewers, workspace],
  );
  useEffect(() => {
    if (stale) onStale(stale.lost);
  }, [stale, onStale]);

  if (status === 'missing' && !isOver) {
    return (
      <Instead>
        <NothingHere what="workspace" next={{ label: 'All workspaces', href: '/workspace' }} />
      </Instead>
    );
  }
  if (status !== 'there' && isOver) {
    return (
      <Instead>
        <LinkOver />
      </Instead>
    );
  }
  return (
    <div class={`workspace guest show-${pane}`}>
      <header class="topbar">
        <h1 dir="auto">{name || 'Workspace'}</h1>
        <LinkBadge link={link} />
        <Panes names={PANES} shown={pane} onShow={(each) => setPane(each)} />
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
            writing={NONE}
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
          isWritten={false}
          isReadOnly={!canWrite}
          onOthers={ignore}
        />
      </main>
      {dialog && (
        <FileDialogs
          dialog={dialog}
          workspace={workspace}
          told={told}
          onCreated={open}
          onClose={() => setDialog(null)}
        />
      )}
    </div>
  );
}

/** Which files the model writes is part of the chat. */
const NONE: ReadonlySet<string> = new Set();

function ignore(): void {}
