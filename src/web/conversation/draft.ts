import { useEffect, useState } from 'preact/hooks';
import { recall, remember } from '../shell/remembered.ts';

/** What is being written. A window that is loaded again, or left and come back to, still has it. `key`: of the field. */
export function useDraft(key: string): [string, (change: string | ((current: string) => string)) => void] {
  const [draft, setDraft] = useState(() => recall('visit', key) ?? '');
  useEffect(() => remember('visit', key, draft || null), [key, draft]);
  return [draft, setDraft];
}
