import { useEffect, useRef, useState } from 'preact/hooks';
import type { CodeEditor } from '../editor/code-editor.ts';
import type { Peer } from '../editor/remote-cursors.ts';
import type { Viewer, Viewers } from '../live/viewers.ts';
import { useStore } from '../shell/store.ts';
import type { ListedFile, LiveWorkspace } from './live-workspace.ts';

/** How long a collaborator's name stays at their cursor after it moved, in ms. */
const NAMED_MS = 3_000;

interface Props {
  workspace: LiveWorkspace;
  viewers: Viewers;
  files: readonly ListedFile[];
  /** Null: none is shown. */
  file: ListedFile | null;
  /** Whether the model writes it now. */
  isWritten: boolean;
  /** Nothing can be typed. */
  isReadOnly: boolean;
  /** A collaborator or the model changed something. */
  onOthers(byModel: boolean): void;
}

/** The shown file in an editor that is bound to the document. */
export function EditorPane(props: Props) {
  const { workspace, viewers, files, file, isWritten, isReadOnly, onOthers } = props;
  const host = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<CodeEditor | null>(null);
  const [isMissing, setMissing] = useState(false);
  const others = useStore(viewers.others);

  // CodeMirror and its languages are as large as everything else together: they are loaded when needed.
  useEffect(() => {
    let made: CodeEditor | null = null;
    let left = false;
    import('../editor/code-editor.ts').then(
      ({ CodeEditor }) => {
        if (left || !host.current) return;
        made = new CodeEditor(host.current, {
          onChange: (fileId, changes) => workspace.change(fileId, changes),
          onCursor: (fileId, anchor, head) => viewers.move({ fileId, anchor, head }),
        });
        setEditor(made);
      },
      () => setMissing(true),
    );
    return () => {
      left = true;
      made?.close();
    };
  }, [workspace, viewers]);

  useEffect(() => {
    if (!editor) return;
    return workspace.listen({
      onChange: (fileId, change) => editor.apply(fileId, change),
      onWhole: () => {
        for (const fileId of editor.files) {
          const text = workspace.textOf(fileId);
          if (text !== undefined) editor.whole(fileId, text);
        }
      },
      onOthers,
    });
  }, [editor, workspace, onOthers]);

  useEffect(() => editor?.setReadOnly(isReadOnly), [editor, isReadOnly]);

  const fileId = file?.id;
  const name = file?.name;
  useEffect(() => {
    const text = fileId === undefined ? undefined : workspace.textOf(fileId);
    if (!editor || fileId === undefined || name === undefined || text === undefined) return;
    editor.show(fileId, name, text);
  }, [editor, workspace, fileId, name]);

  useEffect(() => {
    if (!editor) return;
    const known = new Set(files.map(({ id }) => id));
    for (const id of editor.files) if (!known.has(id)) editor.forget(id);
  }, [editor, files]);

  useEffect(() => {
    if (!editor) return;
    const show = () => editor.showPeers(peersIn(fileId, others));
    show();
    const timer = setTimeout(show, NAMED_MS);
    return () => clearTimeout(timer);
  }, [editor, others, fileId]);

  return (
    <section class="editor" aria-label="Editor">
      {isMissing && (
        <p class="welcome">
          The editor could not be loaded. Load the page again when the server can be reached.
        </p>
      )}
      {file && (
        <h2 class="file-title">
          <bdi class="name">{file.name}</bdi>
          {isWritten && <span class="by">The model is writing</span>}
          {isReadOnly && <span class="by">Read only</span>}
        </h2>
      )}
      {!file && !isMissing && (
        <p class="welcome">{isReadOnly ? 'There is no file yet.' : 'Choose a file, or make one.'}</p>
      )}
      <div ref={host} class={`code-host ${file ? '' : 'hidden'}`} />
    </section>
  );
}

function peersIn(fileId: string | undefined, others: readonly Viewer[]): Peer[] {
  const now = performance.now();
  return others.flatMap(({ id, name, colour, cursor, heardAt }) => {
    if (cursor === null || cursor.fileId !== fileId) return [];
    return [{ id, name, colour, named: now - heardAt < NAMED_MS, heardAt, ...cursor }];
  });
}
