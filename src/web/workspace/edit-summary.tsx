import { useMemo } from 'preact/hooks';
import type { ChatMessage, EditedFile, WorkspaceEdit } from '../../client/index.ts';
import { useStore } from '../shell/store.ts';
import { linesOfEdit } from './changed-lines.ts';
import type { WorkspaceChat } from './workspace-chat.ts';

interface Props {
  session: WorkspaceChat;
  message: ChatMessage;
  onOpen(fileId: string): void;
}

/** What an edit did to the files, its outcome, and its undo button. */
export function EditSummary({ session, message, onOpen }: Props) {
  const { undoing } = useStore(session.state);
  const { files, statusUpdates, terminal } = message;
  if (files.length === 0 && statusUpdates.length === 0) return null;
  const edit = session.editOf(message);
  const outcome = terminal?.edit?.outcome ?? edit?.outcome;
  return (
    <div class="edited">
      <ul class="file-chips" aria-label="Files of this edit">
        {files.map((file) => (
          <FileChip key={file.fileId} file={file} onOpen={onOpen} />
        ))}
      </ul>
      {(statusUpdates.length > 0 ? statusUpdates : sentencesOf(message, outcome)).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {edit?.undoneAt && <p>Taken back.</p>}
      {edit?.undoable && !edit.undoneAt && (
        <button type="button" disabled={undoing !== null} onClick={() => void session.undo(edit.runId)}>
          {undoing === edit.runId ? 'Taking it back' : 'Undo this edit'}
        </button>
      )}
    </div>
  );
}

/** The server's status updates, for windows that did not receive them. */
function sentencesOf({ files, status }: ChatMessage, outcome: WorkspaceEdit['outcome'] | undefined) {
  return [
    ...files.flatMap(({ name, reason }) => (reason ? [`${name} was left out: it ${reason}.`] : [])),
    ...(outcome === 'rolled_back' ? ['The edit was cut off. What it had changed was taken back.'] : []),
    ...(outcome === 'kept' && status !== 'complete'
      ? ['The edit was cut off. What it had changed stays.']
      : []),
  ];
}

const WORDS: Record<EditedFile['change'], { mark: string; word: string }> = {
  writing: { mark: '✎', word: 'being written' },
  created: { mark: '+', word: 'new' },
  changed: { mark: '~', word: 'changed' },
  deleted: { mark: '−', word: 'deleted' },
  left_out: { mark: '!', word: 'left out' },
};

function FileChip({ file, onOpen }: { file: EditedFile; onOpen(fileId: string): void }) {
  const { fileId, name, change } = file;
  const lines = useMemo(() => linesOfEdit(file), [file]);
  const { mark, word } = WORDS[change];
  const isThere = change !== 'deleted' && change !== 'left_out';
  const said = (
    <>
      <span aria-hidden="true">{mark}</span>
      <bdi class="name">{name}</bdi>
      <span class="unseen">{word}</span>
      {lines && change !== 'deleted' && (
        <span class="lines">
          <span class="added">
            +{lines.added}
            <span class="unseen"> lines added</span>
          </span>{' '}
          <span class="removed">
            −{lines.removed}
            <span class="unseen"> lines removed</span>
          </span>
        </span>
      )}
    </>
  );
  return (
    <li>
      {isThere ? (
        <button type="button" class={`file-chip ${change}`} onClick={() => onOpen(fileId)}>
          {said}
        </button>
      ) : (
        <span class={`file-chip ${change}`}>{said}</span>
      )}
    </li>
  );
}
