import { type Extension, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view';

/** A collaborator's cursor in the text. */
export interface Peer {
  id: string;
  name: string;
  /** 0 to 5. */
  colour: number;
  /** Whether the name is shown: only while the cursor moves, because it covers text. */
  named: boolean;
  /** When they said so; the same one twice is the same thing said. */
  heardAt: number;
  anchor: number;
  head: number;
}

/** All collaborators in this file. */
export const setPeers = StateEffect.define<readonly Peer[]>();

/** Draws the cursors and selections of collaborators. They move with the text until their next update. */
export const peers: Extension = StateField.define<{ all: readonly Peer[]; drawn: DecorationSet }>({
  create: () => ({ all: [], drawn: Decoration.none }),
  update(before, { effects, changes, docChanged, newDoc }) {
    const move = (peer: Peer) => ({
      ...peer,
      anchor: changes.mapPos(Math.min(peer.anchor, changes.length), 1),
      head: changes.mapPos(Math.min(peer.head, changes.length), 1),
    });
    let all = docChanged ? before.all.map(move) : before.all;
    for (const effect of effects) {
      if (!effect.is(setPeers)) continue;
      const known = new Map(all.map((peer) => [peer.id, peer]));
      all = effect.value.map((peer) => {
        const { heardAt, anchor, head } = known.get(peer.id) ?? peer;
        return heardAt === peer.heardAt ? { ...peer, anchor, head } : peer;
      });
    }
    return all === before.all ? before : { all, drawn: draw(all, newDoc.length) };
  },
  provide: (field) => EditorView.decorations.from(field, ({ drawn }) => drawn),
});

/** Colours by class: the page's policy forbids style attributes. */
export const peerLook: Extension = EditorView.theme({
  '.peer-cursor': { position: 'relative', borderLeft: '2px solid', marginLeft: '-1px', marginRight: '-1px' },
  '.peer-name': {
    position: 'absolute',
    bottom: '100%',
    left: '-2px',
    maxWidth: '12em',
    padding: '0 0.35em',
    borderRadius: '0.25em 0.25em 0.25em 0',
    backgroundColor: 'currentColor',
    font: '0.68rem/1.4 var(--text)',
    whiteSpace: 'nowrap',
    pointerEvents: 'none',
    zIndex: '10',
  },
  '.peer-name > span': {
    display: 'block',
    overflow: 'hidden',
    color: 'var(--ground)',
    textOverflow: 'ellipsis',
  },
  // In the first line there is no room above.
  '.cm-line:first-child .peer-name': { bottom: 'auto', top: '100%', borderRadius: '0 0.25em 0.25em 0.25em' },
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5].flatMap((colour) => [
      [`.peer-${colour}`, { color: `var(--peer-${colour})` }],
      [
        `.peer-selection-${colour}`,
        { backgroundColor: `color-mix(in srgb, var(--peer-${colour}) 25%, transparent)` },
      ],
    ]),
  ),
});

function draw(all: readonly Peer[], length: number): DecorationSet {
  const ranges = all.flatMap((peer) => {
    // A collaborator's text may be ahead of the local one.
    const head = Math.min(peer.head, length);
    const anchor = Math.min(peer.anchor, length);
    const [from, to] = [Math.min(anchor, head), Math.max(anchor, head)];
    const cursor = Decoration.widget({ widget: new PeerCursor(peer), side: 1 }).range(head);
    if (from === to) return [cursor];
    return [Decoration.mark({ class: `peer-selection-${peer.colour}` }).range(from, to), cursor];
  });
  return Decoration.set(ranges, true);
}

class PeerCursor extends WidgetType {
  constructor(private readonly peer: Peer) {
    super();
  }

  override eq({ peer: { name, colour, named } }: PeerCursor): boolean {
    return name === this.peer.name && colour === this.peer.colour && named === this.peer.named;
  }

  toDOM(): HTMLElement {
    const { name, colour, named } = this.peer;
    const cursor = document.createElement('span');
    cursor.className = `peer-cursor peer-${colour}`;
    cursor.title = name;
    // Screen readers get collaborators from the list; in the text their names would be read as part of it.
    cursor.setAttribute('aria-hidden', 'true');
    if (named) {
      const flag = cursor.appendChild(document.createElement('span'));
      flag.className = 'peer-name';
      flag.appendChild(document.createElement('span')).textContent = name;
    }
    return cursor;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
