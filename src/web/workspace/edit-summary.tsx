import type { ShownMessage } from '../conversation/conversation-state.ts';
import type { EditedFile } from '../conversation/edited-files.ts';
import { useStore } from '../shell/store.ts';
import type { EditSession } from './edit-session.ts';

interface Props {
  session: EditSession;
  message: ShownMessage;
  onOpen(fileId: string): void;
}

/** What an answer did to the files, whether that lasted, and the way back. */
export function EditSummary({ session, message, onOpen }: Props) {
  const { undoing } = useStore(session.state);
  const { files = [], remarks = [], status } = message;
  if (files.length === 0 && remarks.length === 0) return null;
  const edit = session.editOf(message);
  const outcome = message.outcome ?? edit?.outcome;
  return (
    <div class="edited">
      <ul class="file-chips" aria-label="Files of this edit">
        {files.map((file) => (
          <FileChip key={file.fileId} file={file} onOpen={onOpen} />
        ))}
      </ul>
      {files.map(({ fileId, name, reason }) => reason && <p key={fileId}>{`${name}: ${reason}`}</p>)}
      {remarks.map((remark) => (
        <p key={remark}>{remark}</p>
      ))}
      {outcome === 'rolled_back' && <p>What it had changed was taken back by itself.</p>}
      {outcome === 'kept' && status !== 'complete' && <p>What it had written until then stays.</p>}
      {edit?.undoneAt && <p>Taken back.</p>}
      {edit?.undoable && !edit.undoneAt && (
        <button type="button" disabled={undoing !== null} onClick={() => void session.undo(edit.runId)}>
          {undoing === edit.runId ? 'Taking it back' : 'Undo this edit'}
        </button>
      )}
    </div>
  );
}

const WORDS: Record<EditedFile['change'], { mark: string; word: string }> = {
  writing: { mark: '✎', word: 'being written' },
  created: { mark: '+', word: 'new' },
  changed: { mark: '~', word: 'changed' },
  deleted: { mark: '−', word: 'deleted' },
  left_out: { mark: '!', word: 'left out' },
};

function FileChip({ file, onOpen }: { file: EditedFile; onOpen(fileId: string): void }) {
  const { fileId, name, change, lines } = file;
  const { mark, word } = WORDS[change];
  return (
    <li>
      <button type="button" class={`file-chip ${change}`} onClick={() => onOpen(fileId)}>
        <span aria-hidden="true">{mark}</span>
        <span class="name">{name}</span>
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
      </button>
    </li>
  );
}
