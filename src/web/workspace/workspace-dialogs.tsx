import type { AnswerSettings } from '../settings/answer-settings.ts';
import { SettingsDialog } from '../settings/settings-dialog.tsx';
import { FileDialogs, type FileDialogsProps, type OpenFileDialog } from './file-dialogs.tsx';
import { WorkspaceOptions } from './workspace-options.tsx';

export type OpenDialog = OpenFileDialog | { kind: 'workspace' } | { kind: 'settings' };

interface Props extends Omit<FileDialogsProps, 'dialog'> {
  dialog: OpenDialog;
  /** Of the workspace. */
  name: string;
  settings: AnswerSettings;
  /** Null: whoever has its address may open it anyway. */
  onShare: (() => void) | null;
  onDelete(): Promise<void>;
}

/** The dialog that is open. */
export function WorkspaceDialogs(props: Props) {
  const { dialog, name, workspace, settings, onShare, told, onDelete, onClose } = props;
  switch (dialog.kind) {
    case 'new':
    case 'file':
      return <FileDialogs {...props} dialog={dialog} />;
    case 'workspace':
      return (
        <WorkspaceOptions
          name={name}
          onClose={onClose}
          onRename={(workspaceName) => told(workspace.rename(workspaceName))}
          onDelete={onDelete}
          onShare={onShare}
        />
      );
    case 'settings':
      return <SettingsDialog settings={settings} onClose={onClose} />;
  }
}
