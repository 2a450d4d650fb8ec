import { useCallback, useRef, useState } from 'preact/hooks';
import { recall, remember } from '../shell/remembered.ts';

type Change = string | ((current: string) => string);

/** What is being written. A window that is loaded again, or left and come back to, still has it. `key`: of the field. */
export function useDraft(key: string): [string, (change: Change) => void] {
  const [draft, setDraft] = useState(() => recall('visit', key) ?? '');
  const current = useRef(draft);
  // Kept at once, not when it is drawn: whoever types and leaves in the same moment is drawn no more.
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
