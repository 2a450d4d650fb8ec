import { uniqueId } from '../../client/random-id.ts';
import type { AnswerSettings } from '../settings/answer-settings.ts';
import { SettingsDialog } from '../settings/settings-dialog.tsx';
import { FileOptions, NewFileDialog } from './file-dialogs.tsx';
import type { ListedFile, LiveWorkspace } from './live-workspace.ts';
import { WorkspaceOptions } from './workspace-options.tsx';

export type OpenDialog =
  | { kind: 'new' }
  | { kind: 'file'; file: ListedFile }
  | { kind: 'workspace' }
  | { kind: 'settings' };

interface Props {
  dialog: OpenDialog;
  /** Of the workspace. */
  name: string;
  workspace: LiveWorkspace;
  settings: AnswerSettings;
  /** Waits for the server's response to a change, while it is connected. */
  told(work: Promise<void>): Promise<void>;
  onCreated(fileId: string): void;
  onDelete(): Promise<void>;
  onClose(): void;
}

/** The dialog that is open. */
export function WorkspaceDialogs({
  dialog,
  name,
  workspace,
  settings,
  told,
  onCreated,
  onDelete,
  onClose,
}: Props) {
  switch (dialog.kind) {
    case 'new':
      return (
        <NewFileDialog
          onClose={onClose}
          onCreate={async (fileName) => {
            const id = uniqueId();
            await told(workspace.create(id, fileName));
            onCreated(id);
          }}
        />
      );
    case 'file': {
      const { file } = dialog;
      return (
        <FileOptions
          file={file}
          onClose={onClose}
          onRename={(fileName) => told(workspace.renameFile(file.id, fileName))}
          onDelete={() => told(workspace.remove(file.id))}
        />
      );
    }
    case 'workspace':
      return (
        <WorkspaceOptions
          name={name}
          onClose={onClose}
          onRename={(workspaceName) => told(workspace.rename(workspaceName))}
          onDelete={onDelete}
        />
      );
    case 'settings':
      return <SettingsDialog settings={settings} onClose={onClose} />;
  }
}
