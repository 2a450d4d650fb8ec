import { useEffect, useState } from 'preact/hooks';
import { recall, remember } from '../shell/remembered.ts';

const KEY = 'draft';

/** What is being written. A window that is loaded again, or left and come back to, still has it. */
export function useDraft(): [string, (change: string | ((current: string) => string)) => void] {
  const [draft, setDraft] = useState(() => recall('visit', KEY) ?? '');
  useEffect(() => remember('visit', KEY, draft || null), [draft]);
  return [draft, setDraft];
}
