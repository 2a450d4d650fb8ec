import { useState } from 'preact/hooks';
import { sentenceOf } from '../conversation/error-texts.ts';
import { CopyButton } from '../shell/copy-button.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { takeFocus } from '../shell/focus.ts';

interface Props {
  name: string;
  onRename(name: string): Promise<void>;
  onDelete(): Promise<void>;
  /** Null: whoever has its address may open it anyway, so that is copied. */
  onShare: (() => void) | null;
  onClose(): void;
}

/** Dialog for a workspace: rename, share, delete. */
export function WorkspaceOptions({ name: before, onRename, onDelete, onShare, onClose }: Props) {
  const [name, setName] = useState(before);
  const [deleting, setDeleting] = useState(false);
  const title = deleting ? 'Delete this workspace?' : 'Workspace options';
  return (
    <Dialog title={title} onSubmit={() => onRename(name.trim())} sentenceOf={sentenceOf} onClose={onClose}>
      {(close, attempt) =>
        deleting ? (
          <>
            <p>
              “<bdi>{before}</bdi>” and all its files will be gone, for everybody. The chat about it stays.
            </p>
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
            <label>
              Name
              <input
                type="text"
                required
                maxLength={200}
                dir="auto"
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </label>
            <div class="actions">
              <button type="submit" class="primary" disabled={name.trim() === '' || name === before}>
                Rename
              </button>
            </div>
            <div class="actions">
              {onShare ? (
                <button
                  type="button"
                  onClick={() => {
                    close();
                    onShare();
                  }}
                >
                  Share…
                </button>
              ) : (
                <CopyButton class="" text={() => location.origin + location.pathname}>
                  Copy link
                </CopyButton>
              )}
              <button type="button" class="danger" onClick={() => setDeleting(true)}>
                Delete…
              </button>
              <button type="button" onClick={close}>
                Close
              </button>
            </div>
          </>
        )
      }
    </Dialog>
  );
}
