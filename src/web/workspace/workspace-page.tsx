import { useState } from 'preact/hooks';
import { WorkspaceView } from './workspace-view.tsx';
import '../styles/view.css';
import '../styles/edit-chat.css';
import '../styles/workspace.css';

/** A workspace at `/workspace/{id}`: files that everybody who is here edits together, and the model with them. */
export function WorkspacePage({ workspaceId }: { workspaceId: string }) {
  const [reloaded, setReloaded] = useState({ times: 0, lost: false });
  return (
    <WorkspaceView
      key={reloaded.times}
      workspaceId={workspaceId}
      notice={reloaded.times === 0 ? null : noticeOf(reloaded.lost)}
      onStale={(lost) => setReloaded(({ times }) => ({ times: times + 1, lost }))}
    />
  );
}

function noticeOf(lost: boolean): string {
  const afresh = 'This window was away for longer than changes are kept; the files were loaded afresh.';
  return lost ? `${afresh} What was typed here meanwhile could not be put in.` : afresh;
}
