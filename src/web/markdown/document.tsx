import type { Token } from 'marked';
import { render } from 'preact';
import { Block } from './block.tsx';
import { type Links, MarkdownBlocks } from './blocks.ts';

/** How much is read between two checks of the time. UTF-16 units. */
const STEP = 4 * 1024;

/** After this time the event loop gets its turn, in ms. */
const TURN_MS = 30;

/**
 * Growing Markdown in an element: one child a block. Settled blocks are drawn once; the open ones are compared with
 * the existing elements, so that a selection or the focus in them survives the next token.
 */
export class MarkdownDocument {
  readonly #container: HTMLElement;
  #blocks = new MarkdownBlocks();
  /** What was read. */
  #text = '';
  #settled = 0;
  #finished = false;
  /** Whether it was read before for the definitions of its links. */
  #isSecond = false;

  constructor(container: HTMLElement) {
    this.#container = container;
  }

  /**
   * `text`: all of it; earlier text is read again only if it changed (it was redacted). Returns
   * whether all is drawn: a long text takes several turns, unless it is to be drawn `atOnce`.
   */
  draw(text: string, finished: boolean, atOnce = false): boolean {
    const started = performance.now();
    if (!text.startsWith(this.#text)) this.#reset();
    while (!(this.#finished && finished && text.length === this.#text.length)) {
      const end = this.#step(text, finished);
      if (end === text.length && !finished) return true;
      if (!atOnce && performance.now() - started > TURN_MS) break;
    }
    return this.#finished && text.length === this.#text.length;
  }

  /** Draws the next blocks; returns up to where it has read. */
  #step(text: string, finished: boolean): number {
    const from = this.#text.length;
    const end = Math.min(text.length, from + STEP);
    const isEnd = finished && end === text.length;
    const { settled, open } = this.#blocks.push(text.slice(from, end), isEnd);
    this.#text = text.slice(0, end);
    this.#finished = false;
    for (const token of settled) this.#show(this.#settled++, token);
    let count = this.#settled;
    for (const token of open) this.#show(count++, token);
    // What a first reading has drawn further below stays until the second comes there.
    const mayDrop = end === text.length || !this.#isSecond;
    while (mayDrop && this.#container.children.length > count) this.#dropLast();
    if (isEnd) this.#end();
    return end;
  }

  #end(): void {
    const { links } = this.#blocks;
    this.#finished = links === null || this.#isSecond;
    if (!this.#finished && links) this.#reset(links);
  }

  clear(): void {
    while (this.#container.lastElementChild) this.#dropLast();
  }

  #reset(links?: Links): void {
    this.#blocks = new MarkdownBlocks(links);
    this.#isSecond = Boolean(links);
    this.#finished = false;
    this.#text = '';
    this.#settled = 0;
  }

  #show(index: number, token: Token): void {
    const slot = this.#container.children[index] ?? this.#container.appendChild(newSlot());
    render(<Block token={token} />, slot);
  }

  #dropLast(): void {
    const last = this.#container.lastElementChild;
    if (!last) return;
    render(null, last);
    last.remove();
  }
}

function newSlot(): HTMLElement {
  const slot = document.createElement('div');
  slot.className = 'block';
  return slot;
}
