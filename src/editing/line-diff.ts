import diff from 'fast-diff';
import { linesAsLetters } from '../text/line-letters.ts';
import { applyChanges, changeBetween, commonEnd, commonStart, type TextChange } from '../text/text-change.ts';

/** Of both sides together: the cost of the shortest diff grows with the square. Longer ones are replaced as a whole. */
const MAX_LINES = 2_000;
const MAX_CHARS = 2_000;

/** Changes with fewer equal characters between them become one. */
const MIN_BETWEEN = 3;

/** Lines with at least this share in common count as one line that was changed. */
const SIMILAR = 0.5;

/** The changes from old lines to new ones: by whole lines first, then within lines that were changed. */
export function lineDiff(before: readonly string[], after: readonly string[], offset: number): TextChange[] {
  if (before.length === 0 || after.length === 0 || before.length + after.length > MAX_LINES) {
    return [changeBetween(before.join(''), after.join(''), offset)].filter((change) => change !== null);
  }
  const changes: TextChange[] = [];
  let at = offset;
  let old = 0;
  let now = 0;
  let removed: string[] = [];
  let added: string[] = [];
  const flush = () => {
    changes.push(...rewritten(removed, added, at));
    at += lengthOf(removed);
    removed = [];
    added = [];
  };
  for (const [kind, letters] of diff(...linesAsLetters(before, after))) {
    if (kind === diff.EQUAL) {
      flush();
      at += lengthOf(before.slice(old, old + letters.length));
      old += letters.length;
      now += letters.length;
    } else if (kind === diff.DELETE) {
      removed.push(...before.slice(old, old + letters.length));
      old += letters.length;
    } else {
      added.push(...after.slice(now, now + letters.length));
      now += letters.length;
    }
  }
  flush();
  return changes;
}

/** Whether one line looks like a changed version of the other. */
export function areSimilar(one: string, other: string): boolean {
  const longer = Math.max(one.length, other.length);
  const start = commonStart(one, other);
  const common = start + commonEnd(one, other, Math.min(one.length, other.length) - start);
  return common >= 4 && common >= longer * SIMILAR;
}

/** Lines that replace others: as long as they are similar in pairs, only what differs within each pair. */
function rewritten(removed: readonly string[], added: readonly string[], offset: number): TextChange[] {
  const changes: TextChange[] = [];
  let at = offset;
  let alike = 0;
  for (; alike < Math.min(removed.length, added.length); alike += 1) {
    const [before = '', after = ''] = [removed[alike], added[alike]];
    if (!areSimilar(before, after)) break;
    changes.push(...within(before, after, at));
    at += before.length;
  }
  const rest = changeBetween(removed.slice(alike).join(''), added.slice(alike).join(''), at);
  return rest ? [...changes, rest] : changes;
}

/** What differs between two lines. */
function within(before: string, after: string, offset: number): TextChange[] {
  const whole = changeBetween(before, after, offset);
  if (!whole) return [];
  if (whole.remove + whole.insert.length > MAX_CHARS) return [whole];
  const changes: TextChange[] = [];
  let at = whole.at;
  const removed = before.slice(at - offset, at - offset + whole.remove);
  for (const [kind, text] of diff(removed, whole.insert)) {
    if (kind === diff.EQUAL) {
      at += text.length;
      continue;
    }
    const change = kind === diff.DELETE ? { remove: text.length, insert: '' } : { remove: 0, insert: text };
    const last = changes.at(-1);
    if (last && at - (last.at + last.remove) < MIN_BETWEEN) {
      const between = before.slice(last.at + last.remove - offset, at - offset);
      last.remove += between.length + change.remove;
      last.insert += between + change.insert;
    } else {
      changes.push({ at, ...change });
    }
    if (kind === diff.DELETE) at += text.length;
  }
  return applyChanges(
    before,
    changes.map((change) => ({ ...change, at: change.at - offset })),
  ) === after
    ? changes
    : [whole];
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}
