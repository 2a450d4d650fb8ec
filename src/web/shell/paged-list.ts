import { Cell } from './store.ts';

export interface Page<Item> {
  items: readonly Item[];
  nextCursor: string | null;
}

/** Loads a page; null: the first one. Rejects when it cannot. */
export type LoadPage<Item> = (cursor: string | null, signal: AbortSignal) => Promise<Page<Item>>;

export interface PagedListState<Item> extends Page<Item> {
  loading: boolean;
  failure: string | null;
}

/** What one request asks for. */
export const PAGE_ITEMS = 40;

/** A list that is loaded page by page, as many as were asked for. */
export class PagedList<Item extends { readonly id: string | number }> {
  readonly state = new Cell<PagedListState<Item>>({
    items: [],
    nextCursor: null,
    loading: true,
    failure: null,
  });
  readonly #load: LoadPage<Item>;
  readonly #sentenceOf: (cause: unknown) => string;
  readonly #lifetime = new AbortController();
  #latest = 0;

  constructor(load: LoadPage<Item>, sentenceOf: (cause: unknown) => string) {
    this.#load = load;
    this.#sentenceOf = sentenceOf;
  }

  /** Loads the first page again; later pages are loaded again when they are requested. */
  refresh(): Promise<void> {
    return this.#get(null);
  }

  more(): Promise<void> {
    return this.#get(this.state.value.nextCursor);
  }

  /** An item that was just made, at its end. */
  add(item: Item): void {
    this.state.update({ items: [...this.state.value.items, item] });
  }

  change(id: Item['id'], change: Partial<Item>): void {
    const items = this.state.value.items.map((item) => (item.id === id ? { ...item, ...change } : item));
    this.state.update({ items });
  }

  close(): void {
    this.#lifetime.abort();
  }

  async #get(cursor: string | null): Promise<void> {
    this.#latest += 1;
    const current = this.#latest;
    this.state.update({ loading: true });
    try {
      const page = await this.#load(cursor, this.#lifetime.signal);
      // A later request has newer data.
      if (current !== this.#latest) return;
      const kept = cursor === null ? [] : this.state.value.items;
      const known = new Set(kept.map(({ id }) => id));
      const items = [...kept, ...page.items.filter(({ id }) => !known.has(id))];
      this.state.set({ items, nextCursor: page.nextCursor, loading: false, failure: null });
    } catch (cause) {
      if (current === this.#latest && !this.#lifetime.signal.aborted)
        this.state.update({ loading: false, failure: this.#sentenceOf(cause) });
    }
  }
}
