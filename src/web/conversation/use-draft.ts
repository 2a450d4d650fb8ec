import { useCallback, useRef, useState } from 'preact/hooks';
import { recall, remember } from '../shell/browser-storage.ts';

type Change = string | ((current: string) => string);

/** The text of a field, kept over reloads and navigation. `key`: of the field. */
export function useDraft(key: string): [string, (change: Change) => void] {
  const [draft, setDraft] = useState(() => recall('visit', key) ?? '');
  const current = useRef(draft);
  // Stored at once, not when rendered: a page that is left in the same moment is not rendered again.
  const change = useCallback(
    (to: Change) => {
      current.current = typeof to === 'string' ? to : to(current.current);
      remember('visit', key, current.current || null);
      setDraft(current.current);
    },
    [key],
  );
  return [draft, change];
}
