import { useState } from 'preact/hooks';
import { uniqueId } from '../../client/random-id.ts';
import { Dialog } from '../shell/dialog.tsx';
import { takeFocus } from '../shell/focus.ts';
import type { ListedFile, LiveWorkspace } from './live-workspace.ts';

/** The server accepts no longer names. */
const MOST_CHARS = 255;

const said = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));

/** Asks for the name of a new file. */
function NewFileDialog({ onCreate, onClose }: { onCreate(name: string): Promise<void>; onClose(): void }) {
  const [name, setName] = useState('');
  return (
    <Dialog title="New file" onSubmit={() => onCreate(name)} sentenceOf={said} onClose={onClose}>
      {(close) => (
        <>
          <NameField name={name} onName={setName} />
          <div class="actions">
            <button type="button" onClick={close}>
              Cancel
            </button>
            <button type="submit" class="primary" disabled={name === ''}>
              Create
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

interface OptionsProps {
  file: ListedFile;
  onRename(name: string): Promise<void>;
  onDelete(): Promise<void>;
  onClose(): void;
}

/** Dialog for a file: rename, delete. */
function FileOptions({ file, onRename, onDelete, onClose }: OptionsProps) {
  const [name, setName] = useState(file.name);
  const [deleting, setDeleting] = useState(false);
  const title = deleting ? (
    <>
      Delete <bdi>{file.name}</bdi>?
    </>
  ) : (
    'File options'
  );
  return (
    <Dialog title={title} onSubmit={() => onRename(name)} sentenceOf={said} onClose={onClose}>
      {(close, attempt) =>
        deleting ? (
          <>
            <p>It will be gone for everybody who is in this workspace.</p>
            <div class="actions">
              <button type="button" ref={takeFocus} onClick={close}>
                Keep it
              </button>
              <button type="button" class="danger" onClick={() => attempt(onDelete)}>
                Delete
              </button>
            </div>
          </>
        ) : (
          <>
            <NameField name={name} onName={setName} />
            <div class="actions">
              <button type="button" class="danger" onClick={() => setDeleting(true)}>
                Delete…
              </button>
              <button type="button" onClick={close}>
                Close
              </button>
              <button type="submit" class="primary" disabled={name === '' || name === file.name}>
                Rename
              </button>
            </div>
          </>
        )
      }
    </Dialog>
  );
}

function NameField({ name, onName }: { name: string; onName(name: string): void }) {
  return (
    <label>
      Name
      <input
        type="text"
        required
        dir="auto"
        maxLength={MOST_CHARS}
        spellcheck={false}
        autocomplete="off"
        placeholder="src/main.js"
        value={name}
        onInput={(event) => onName(event.currentTarget.value)}
      />
    </label>
  );
}

export type OpenFileDialog = { kind: 'new' } | { kind: 'file'; file: ListedFile };

export interface FileDialogsProps {
  dialog: OpenFileDialog;
  workspace: LiveWorkspace;
  /** Waits for the server's response to a change, while it is connected. */
  told(work: Promise<void>): Promise<void>;
  onCreated(fileId: string): void;
  onClose(): void;
}

/** The dialog about a file that is open. */
export function FileDialogs({ dialog, workspace, told, onCreated, onClose }: FileDialogsProps) {
  if (dialog.kind === 'new') {
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
  }
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
