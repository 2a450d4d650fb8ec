import { useEffect, useState } from 'preact/hooks';
import { account } from './account.ts';
import { type LoadPage, PagedList } from './paged-list.ts';

/** A list that is there as long as its component, and is loaded again when the user has signed in again. */
export function usePagedList<Item extends { readonly id: string | number }>(
  load: LoadPage<Item>,
  sentenceOf: (cause: unknown) => string,
): PagedList<Item> {
  const [list] = useState(() => new PagedList(load, sentenceOf));
  useEffect(() => {
    const refresh = () => void list.refresh();
    refresh();
    const stopListening = account.onReturn(refresh);
    return () => {
      stopListening();
      list.close();
    };
  }, [list]);
  return list;
}
