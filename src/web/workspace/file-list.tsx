import type { Viewer } from '../live/viewers.ts';
import type { ListedFile } from './live-workspace.ts';

interface Props {
  files: readonly ListedFile[];
  shown: string | null;
  /** Ids of the files that the model writes now. */
  writing: ReadonlySet<string>;
  others: readonly Viewer[];
  onOpen(fileId: string): void;
  /** Null: files can only be read. */
  onNew: (() => void) | null;
  onOptions: ((file: ListedFile) => void) | null;
}

/** The files of a workspace, and which collaborator is in which. */
export function FileList({ files, shown, writing, others, onOpen, onNew, onOptions }: Props) {
  return (
    <nav class="files" aria-label="Files">
      <header>
        <h2>Files</h2>
        {onNew && (
          <button type="button" onClick={onNew}>
            New file
          </button>
        )}
      </header>
      <ul>
        {files.map((file) => (
          <li key={file.id} class={file.id === shown ? 'current' : ''}>
            <button
              type="button"
              class="file"
              aria-current={file.id === shown ? 'true' : undefined}
              onClick={() => onOpen(file.id)}
            >
              <bdi class="name">{file.name}</bdi>
              {writing.has(file.id) && (
                <span class="writing">
                  <span class="unseen">being written</span>
                </span>
              )}
              {others
                .filter(({ cursor }) => cursor?.fileId === file.id)
                .map(({ id, name, colour }) => (
                  <span key={id} class={`dot peer-${colour}`} title={name}>
                    <span class="unseen">{name} is here</span>
                  </span>
                ))}
            </button>
            {onOptions && (
              <button
                type="button"
                class="quiet"
                aria-label={`Options of the file ${file.name}`}
                onClick={() => onOptions(file)}
              >
                ⋯
              </button>
            )}
          </li>
        ))}
        {files.length === 0 && <li class="empty">No files yet.</li>}
      </ul>
    </nav>
  );
}
