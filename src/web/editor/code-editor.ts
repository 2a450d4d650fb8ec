import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import {
  Annotation,
  Compartment,
  EditorState,
  type Extension,
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
import { minimal, type TextChange } from '../workspace/text-change.ts';
import { languageOf } from './languages.ts';
import { type Peer, peerLook, peers, setPeers } from './peers.ts';
import { theme } from './theme.ts';

export interface EditorEvents {
  /** Something was typed: changes in ascending order, each at its place as those before it have left the text. */
  onChange(fileId: string, changes: readonly TextChange[]): void;
  onCursor(fileId: string, anchor: number, head: number): void;
}

/** Whoever did this was not the person at this editor. */
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
  /** What depends on the name of a file, which can change. */
  readonly #named = new Compartment();
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

  /** Shows a file with that text, or goes on where it was left. */
  show(fileId: string, name: string, text: string): void {
    if (this.#shown !== null) this.#states.set(this.#shown, this.#view.state);
    this.#shown = fileId;
    const known = this.#states.get(fileId);
    this.#states.delete(fileId);
    this.#view.setState(
      known ?? EditorState.create({ doc: text, extensions: this.#extensions(fileId, name) }),
    );
    this.whole(fileId, text);
    this.#tellCursor();
  }

  /** What was done to a text elsewhere. */
  apply(fileId: string, { at, removed, inserted }: TextChange): void {
    this.#dispatch(fileId, { from: at, to: at + removed.length, insert: inserted });
  }

  /** A text may be another one: what differs is changed. */
  whole(fileId: string, text: string): void {
    const state = this.#stateOf(fileId);
    const change = state && minimal({ at: 0, removed: state.doc.toString(), inserted: text });
    if (change) this.apply(fileId, change);
  }

  renamed(fileId: string, name: string): void {
    const effects = this.#named.reconfigure(named(name));
    if (fileId === this.#shown) this.#view.dispatch({ effects });
    const state = this.#states.get(fileId);
    if (state) this.#states.set(fileId, state.update({ effects }).state);
  }

  /** A file is gone. */
  forget(fileId: string): void {
    this.#states.delete(fileId);
    if (this.#shown === fileId) this.#shown = null;
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

  #extensions(fileId: string, name: string): Extension {
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
      // What no database holds would be refused, and be gone again.
      EditorView.clipboardInputFilter.of((text) => text.replace(/\p{Cs}/gu, '\ufffd').replaceAll('\0', '')),
      EditorView.updateListener.of((update) => this.#updated(fileId, update)),
      this.#named.of(named(name)),
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

  #tellCursor(): void {
    if (this.#shown === null) return;
    const { anchor, head } = this.#view.state.selection.main;
    this.#events.onCursor(this.#shown, anchor, head);
  }
}

function named(name: string): Extension {
  return [
    languageOf(name),
    // Whoever moves with the keyboard leaves with Escape, then Tab (CodeMirror's own way), and is told so.
    EditorView.contentAttributes.of({
      'aria-label': `Text of ${name}. Escape, then Tab leaves it.`,
      spellcheck: 'false',
    }),
  ];
}

function changesOf({ changes, startState }: ViewUpdate): TextChange[] {
  const found: TextChange[] = [];
  changes.iterChanges((fromA, toA, fromB, _toB, inserted) => {
    found.push({
      at: fromB,
      removed: startState.doc.sliceString(fromA, toA),
      inserted: inserted.toString(),
    });
  });
  return found;
}
