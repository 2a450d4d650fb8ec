import type { EditedFiles } from './edited-files.ts';
import type { WorkspaceLimits } from './files.ts';

/** Why a file must not have so many UTF-16 units, as a phrase that follows its name; null: it may. */
export function faultOfSize(units: number, { fileChars }: WorkspaceLimits): string | null {
  return units > fileChars ? `is longer than the ${fileChars} characters of a file` : null;
}

/** The same because of all files together. A file that does not grow is not to blame. */
export function faultOfTotal(
  files: EditedFiles,
  { fileId, before, after }: { fileId: string; before: number; after: number },
  { totalChars }: WorkspaceLimits,
): string | null {
  if (after <= before || files.unitsBeside(fileId) + after <= totalChars) return null;
  return `makes all files together longer than the ${totalChars} characters of a workspace`;
}
