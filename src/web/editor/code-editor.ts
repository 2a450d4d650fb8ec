import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import {
  Annotation,
  Compartment,
  EditorState,
  type Extension,
  type StateEffect,
  Transaction,
  type TransactionSpec,
} from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  type ViewUpdate,
} from '@codemirror/view';
import { minimal, type Replacement } from '../../text/text-change.ts';
import { languageOf } from './languages.ts';
import { type Peer, peerLook, peers, setPeers } from './remote-cursors.ts';
import { theme } from './theme.ts';

export interface EditorEvents {
  /** Something was typed: changes in ascending order, each at its place as those before it have left the text. */
  onChange(fileId: string, changes: readonly Replacement[]): void;
  onCursor(fileId: string, anchor: number, head: number): void;
}

/** Marks transactions that were not made by the user of this editor. */
const elsewhere = Annotation.define<true>();

/**
 * CodeMirror for the files of a workspace, one of which is shown. Each file keeps its cursor and its history of undoing
 * while others are shown, and while others type in it: what they do moves both, and is never undone here.
 */
export class CodeEditor {
  readonly #events: EditorEvents;
  readonly #view: EditorView;
  /** Of files that are not shown now. */
  readonly #states = new Map<string, EditorState>();
  readonly #names = new Map<string, string>();
  /** What depends on the name of a file, which can change. */
  readonly #named = new Compartment();
  readonly #language = new Compartment();
  /** Whether something can be typed. */
  readonly #editing = new Compartment();
  #isReadOnly = false;
  #shown: string | null = null;

  /**
   * `host` gets a shadow root: there, and only there, the styles that CodeMirror makes are style sheets of the page's
   * own, which its policy allows, and no elements, which it refuses.
   */
  constructor(host: HTMLElement, events: EditorEvents) {
    this.#events = events;
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    this.#view = new EditorView({ parent: root, root, state: EditorState.create() });
  }

  /** Shows a file with that text, or goes on where it was left. Again with another name: it was renamed. */
  show(fileId: string, name: string, text: string): void {
    if (this.#shown !== fileId) {
      if (this.#shown !== null) this.#states.set(this.#shown, this.#view.state);
      const known = this.#states.get(fileId);
      this.#states.delete(fileId);
      this.#shown = fileId;
      this.#forgetSelection();
      this.#view.setState(known ?? EditorState.create({ doc: text, extensions: this.#extensions(fileId) }));
    }
    this.#reconfigure(fileId, this.#editing.reconfigure(this.#editingNow));
    if (this.#names.get(fileId) !== name) void this.#name(fileId, name);
    this.whole(fileId, text);
    this.#tellCursor();
  }

  /** Whether the text can only be read: then no cursor blinks, and no key changes it. */
  setReadOnly(isReadOnly: boolean): void {
    if (isReadOnly === this.#isReadOnly) return;
    this.#isReadOnly = isReadOnly;
    if (this.#shown !== null) this.#reconfigure(this.#shown, this.#editing.reconfigure(this.#editingNow));
  }

  /** Applies a remote change. */
  apply(fileId: string, { at, removed, inserted }: Replacement): void {
    this.#dispatch(fileId, { from: at, to: at + removed.length, insert: inserted });
  }

  /** Replaces what differs from a new text. */
  whole(fileId: string, text: string): void {
    const state = this.#stateOf(fileId);
    const change = state && minimal({ at: 0, removed: state.doc.toString(), inserted: text });
    if (change) this.apply(fileId, change);
  }

  /** A file is gone. */
  forget(fileId: string): void {
    this.#states.delete(fileId);
    this.#names.delete(fileId);
    if (this.#shown !== fileId) return;
    this.#shown = null;
    this.#view.setState(EditorState.create());
  }

  /** Files that have a state here. */
  get files(): readonly string[] {
    return this.#shown === null ? [...this.#states.keys()] : [this.#shown, ...this.#states.keys()];
  }

  showPeers(all: readonly Peer[]): void {
    this.#view.dispatch({ effects: setPeers.of(all) });
  }

  focus(): void {
    this.#view.focus();
  }

  close(): void {
    this.#view.destroy();
  }

  /** Loads the highlighting later: the text can be edited without it. */
  async #name(fileId: string, name: string): Promise<void> {
    this.#names.set(fileId, name);
    this.#reconfigure(fileId, this.#named.reconfigure(named(name)));
    const language = await languageOf(name)?.catch(() => []);
    if (this.#names.get(fileId) === name) {
      this.#reconfigure(fileId, this.#language.reconfigure(language ?? []));
    }
  }

  #reconfigure(fileId: string, effects: StateEffect<unknown>): void {
    if (fileId === this.#shown) this.#view.dispatch({ effects });
    const state = this.#states.get(fileId);
    if (state) this.#states.set(fileId, state.update({ effects }).state);
  }

  get #editingNow(): Extension {
    return this.#isReadOnly ? READ_ONLY : [];
  }

  #stateOf(fileId: string): EditorState | undefined {
    return fileId === this.#shown ? this.#view.state : this.#states.get(fileId);
  }

  #dispatch(fileId: string, changes: { from: number; to: number; insert: string }): void {
    const spec: TransactionSpec = {
      changes,
      annotations: [elsewhere.of(true), Transaction.addToHistory.of(false)],
    };
    if (fileId === this.#shown) {
      this.#view.dispatch(spec);
      return;
    }
    const state = this.#states.get(fileId);
    if (state) this.#states.set(fileId, state.update(spec).state);
  }

  #extensions(fileId: string): Extension {
    return [
      lineNumbers(),
      highlightActiveLineGutter(),
      highlightActiveLine(),
      highlightSpecialChars(),
      highlightSelectionMatches(),
      history(),
      drawSelection({ cursorBlinkRate: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 1_200 }),
      indentOnInput(),
      bracketMatching(),
      search({ top: true }),
      keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
      // Characters that the server refuses, because the database cannot hold them.
      EditorView.clipboardInputFilter.of((text) => text.replace(/\p{Cs}/gu, '\ufffd').replaceAll('\0', '')),
      EditorView.domEventHandlers({ beforeinput: replaceSelected }),
      EditorView.updateListener.of((update) => this.#updated(fileId, update)),
      this.#named.of([]),
      this.#editing.of(this.#editingNow),
      this.#language.of([]),
      peers,
      peerLook,
      theme,
    ];
  }

  #updated(fileId: string, update: ViewUpdate): void {
    const isTyped = !update.transactions.some((transaction) => transaction.annotation(elsewhere));
    if (update.docChanged && isTyped) this.#events.onChange(fileId, changesOf(update));
    // Where others move a cursor by typing before it, they move it for everybody by themselves.
    if (update.selectionSet || (update.docChanged && isTyped) || update.focusChanged) this.#tellCursor();
  }

  /**
   * The browser's own selection, where nobody types now, is that of the text before. Coming back it would be taken for
   * where somebody has put the cursor.
   */
  #forgetSelection(): void {
    const { root, contentDOM, hasFocus } = this.#view;
    // In a shadow root it is Chromium's root that knows, elsewhere the document.
    const getSelection: unknown = Reflect.get(root, 'getSelection');
    const selection: unknown =
      typeof getSelection === 'function' ? getSelection.call(root) : document.getSelection();
    if (hasFocus || !(selection instanceof Selection)) return;
    if (contentDOM.contains(selection.anchorNode)) selection.removeAllRanges();
  }

  #tellCursor(): void {
    if (this.#shown === null) return;
    const { anchor, head } = this.#view.state.selection.main;
    this.#events.onCursor(this.#shown, anchor, head);
  }
}

/** The text still takes the focus, so that it can be scrolled, searched and copied with the keyboard. */
const READ_ONLY: Extension = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ tabindex: '0', 'aria-readonly': 'true' }),
];

/** Keyboard users leave with Escape, then Tab (CodeMirror's own way); the label says so. */
function named(name: string): Extension {
  return EditorView.contentAttributes.of({
    'aria-label': `Text of ${name}. Escape, then Tab leaves it.`,
    spellcheck: 'false',
  });
}

/**
 * What is typed over a selection is put in here. Chromium would do it in the elements first, and where it puts lines
 * together give them styles in attributes, of which the page's policy complains, rightly.
 */
function replaceSelected(event: InputEvent, view: EditorView): boolean {
  const { data, inputType, isComposing } = event;
  if (inputType !== 'insertText' || data === null || isComposing || view.composing) return false;
  if (view.state.selection.main.empty) return false;
  event.preventDefault();
  const replaced = view.state.replaceSelection(data);
  view.dispatch(replaced, { userEvent: 'input.type', scrollIntoView: true });
  return true;
}

function changesOf({ changes, startState }: ViewUpdate): Replacement[] {
  const found: Replacement[] = [];
  changes.iterChanges((fromA, toA, fromB, _toB, inserted) => {
    found.push({
      at: fromB,
      removed: startState.doc.sliceString(fromA, toA),
      inserted: inserted.toString(),
    });
  });
  return found;
}
