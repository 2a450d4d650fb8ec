import { useCallback, useEffect, useState } from 'preact/hooks';
import { shareToken } from '../shell/share-token.ts';
import type { ListedFile } from './live-workspace.ts';

/** A workspace's file that is shown, as long as there is one. It is in the address, for reloads, except of guests. */
export function useShownFile(files: readonly ListedFile[]) {
  const [chosen, setChosen] = useState(() => (isInAddress() && location.hash.slice(1)) || null);
  const shown = files.find(({ id }) => id === chosen) ?? null;
  const show = useCallback((fileId: string) => {
    setChosen(fileId);
    if (isInAddress()) history.replaceState(null, '', `#${fileId}`);
  }, []);
  // Something is shown as soon as there is something: the first file, or the one that the model begins with.
  const first = files[0]?.id;
  const isNothingShown = shown === null;
  useEffect(() => {
    if (isNothingShown && first !== undefined) setChosen(first);
  }, [isNothingShown, first]);
  return { shown, show };
}

/** The fragment of a guest is the token. */
function isInAddress(): boolean {
  return shareToken() === null;
}
