import type { PagedList } from './paged-list.ts';
import { useStore } from './store.ts';

interface Props<Item extends { readonly id: string | number }> {
  list: PagedList<Item>;
  /** Where there are none. */
  empty: string;
  /** The label of the button that loads the next page. */
  more: string;
}

/** Below the items of a list: that there are none or more of them, or that they could not be loaded. */
export function PagedListEnd<Item extends { readonly id: string | number }>(props: Props<Item>) {
  const { list, empty, more } = props;
  const { items, nextCursor, loading, failure } = useStore(list.state);
  if (failure !== null) {
    return (
      <p class="list-end bad" role="alert">
        {failure}{' '}
        <button type="button" onClick={() => void list.refresh()}>
          Try again
        </button>
      </p>
    );
  }
  if (loading && items.length === 0) return <p class="list-end">Loading…</p>;
  if (items.length === 0) return <p class="list-end">{empty}</p>;
  if (nextCursor === null) return null;
  return (
    <p class="list-end">
      <button type="button" disabled={loading} onClick={() => void list.more()}>
        {more}
      </button>
    </p>
  );
}
