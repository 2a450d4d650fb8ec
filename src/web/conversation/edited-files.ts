import diff from 'fast-diff';
import type { FileChange, FileEvent } from '../../client/index.ts';

/** A file of a workspace, as an answer that is shown changes it. */
export interface EditedFile extends Omit<FileChange, 'change'> {
  change: FileChange['change'] | 'writing';
  /** How many lines came and went; null where that is not known. */
  lines: { added: number; removed: number } | null;
}

/** What is known of the files after one more event. */
export function withFileEvent(files: readonly EditedFile[], event: FileEvent): readonly EditedFile[] {
  if (event.type === 'status_update') return files;
  const { fileId, name } = event;
  const others = files.filter((file) => file.fileId !== fileId);
  switch (event.type) {
    case 'file_start':
      return [...others, { fileId, name, change: 'writing', lines: null }];
    case 'file_complete': {
      const change = event.before === null ? 'created' : 'changed';
      return [...others, { fileId, name, change, lines: changedLines(event.before ?? '', event.after) }];
    }
    case 'file_delete':
      return [...others, { fileId, name, change: 'deleted', lines: changedLines(event.before, '') }];
  }
}

/** Of more lines, a difference would take the page's time. Each needs a character that is not half of one. */
const MOST_LINES = 5_000;

/** Counted by whole lines, as one is used to from other tools. Null: too many to count. */
export function changedLines(before: string, after: string): EditedFile['lines'] {
  const letters = new Map<string, string>();
  const letterOf = (line: string) => {
    const known = letters.get(line) ?? String.fromCharCode(letters.size);
    letters.set(line, known);
    return known;
  };
  // A line is a letter, so that the difference of two texts of letters is that of their lines.
  const [old = [], next = []] = [before, after].map(linesOf);
  if (old.length + next.length > MOST_LINES) return null;
  let added = 0;
  let removed = 0;
  for (const [operation, text] of diff(old.map(letterOf).join(''), next.map(letterOf).join(''))) {
    if (operation === diff.INSERT) added += text.length;
    if (operation === diff.DELETE) removed += text.length;
  }
  return { added, removed };
}

/** A line break at the end begins no further line. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
