import { useState } from 'preact/hooks';
import { shareToken } from '../shell/share-token.ts';
import { GuestView } from './guest-view.tsx';
import { WorkspaceView } from './workspace-view.tsx';
import '../styles/view.css';
import '../styles/edit-chat.css';
import '../styles/workspace.css';

/**
 * A workspace at `/workspace/{id}`: files that everybody who is here edits together, and the model with them. With the
 * token of a share as fragment, its files are shown to those who have no account.
 */
export function WorkspacePage({ workspaceId }: { workspaceId: string }) {
  const [reloaded, setReloaded] = useState({ times: 0, lost: false });
  const [token] = useState(shareToken);
  const shown = {
    workspaceId,
    notice: reloaded.times === 0 ? null : noticeOf(reloaded.lost),
    onStale: (lost: boolean) => setReloaded(({ times }) => ({ times: times + 1, lost })),
  };
  if (token === null) return <WorkspaceView key={reloaded.times} {...shown} />;
  return <GuestView key={reloaded.times} token={token} {...shown} />;
}

function noticeOf(lost: boolean): string {
  const afresh = 'This window was away for longer than changes are kept; the files were loaded afresh.';
  return lost ? `${afresh} What was typed here meanwhile could not be put in.` : afresh;
}
