import type { WorkspaceEdit } from '../../client/index.ts';
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
  const { files = [], remarks = [] } = message;
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
      {(remarks.length > 0 ? remarks : sentencesOf(message, outcome)).map((sentence) => (
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

/** What the server said at the time, for whoever was not there. */
function sentencesOf({ files = [], status }: ShownMessage, outcome: WorkspaceEdit['outcome'] | undefined) {
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
  const { fileId, name, change, lines } = file;
  const { mark, word } = WORDS[change];
  const isThere = change !== 'deleted' && change !== 'left_out';
  const said = (
    <>
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
