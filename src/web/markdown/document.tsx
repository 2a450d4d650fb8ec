import type { Token } from 'marked';
import { render } from 'preact';
import { Block } from './block.tsx';
import { MarkdownBlocks } from './blocks.ts';

/**
 * Growing Markdown in an element: one child a block. Settled blocks are drawn once; the open ones are compared with
 * what stands there, so that a selection or the focus in them survives the next token.
 */
export class MarkdownDocument {
  readonly #container: HTMLElement;
  #blocks = new MarkdownBlocks();
  #text = '';
  #settled = 0;
  #finished = false;

  constructor(container: HTMLElement) {
    this.#container = container;
  }

  /** `text`: all of it; what was there before is only read again if it changed (text that was taken back). */
  draw(text: string, finished: boolean): void {
    if (this.#finished && finished && text === this.#text) return;
    if (!text.startsWith(this.#text)) this.#reset();
    const { settled, open } = this.#blocks.push(text.slice(this.#text.length), finished);
    this.#text = text;
    for (const token of settled) this.#show(this.#settled++, token);
    let count = this.#settled;
    for (const token of open) this.#show(count++, token);
    while (this.#container.children.length > count) this.#dropLast();
    if (finished && !this.#finished && this.#blocks.hasDefinitions) {
      this.#finished = true;
      this.#reset();
      this.draw(text, finished);
    }
    this.#finished = finished;
  }

  clear(): void {
    while (this.#container.lastElementChild) this.#dropLast();
  }

  #reset(): void {
    this.#blocks = new MarkdownBlocks();
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
