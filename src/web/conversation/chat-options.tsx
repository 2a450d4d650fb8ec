import { useState } from 'preact/hooks';
import { CopyButton } from '../shell/copy-button.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { takeFocus } from '../shell/focus.ts';
import { sentenceOf } from './error-texts.ts';

interface Props {
  chat: { id: string; title: string };
  onRename(title: string): Promise<void>;
  onDelete(): Promise<void>;
  /** Null: whoever has its address may see it anyway, so that is copied. */
  onShare: (() => void) | null;
  onClose(): void;
}

/** The address under which others can watch a chat. */
export function viewAddress(chatId: string): string {
  return `${location.origin}/view/${encodeURIComponent(chatId)}`;
}

/** Dialog for a chat: rename, share, export, delete. */
export function ChatOptions({ chat, onRename, onDelete, onShare, onClose }: Props) {
  const [title, setTitle] = useState(chat.title);
  const [deleting, setDeleting] = useState(false);
  const address = `/api/chat/${encodeURIComponent(chat.id)}/export`;

  return (
    <Dialog
      title={deleting ? 'Delete this chat?' : 'Chat options'}
      onSubmit={() => onRename(title.trim())}
      sentenceOf={sentenceOf}
      onClose={onClose}
    >
      {(close, attempt) =>
        deleting ? (
          <>
            <p>
              “<bdi>{chat.title}</bdi>” and everything said in it will be gone, for everybody who has its
              link.
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
              Title
              <input
                type="text"
                required
                maxLength={200}
                dir="auto"
                value={title}
                onInput={(event) => setTitle(event.currentTarget.value)}
              />
            </label>
            <div class="actions">
              <button type="submit" class="primary" disabled={title.trim() === ''}>
                Rename
              </button>
            </div>
            <div class="actions">
              <a class="button" href={`${address}?format=markdown`} download>
                Export as Markdown
              </a>
              <a class="button" href={`${address}?format=json`} download>
                Export as JSON
              </a>
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
                <CopyButton class="" text={() => viewAddress(chat.id)}>
                  Copy link to live view
                </CopyButton>
              )}
            </div>
            <div class="actions">
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
