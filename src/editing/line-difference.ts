import diff from 'fast-diff';
import { changed, commonEnd, commonStart, replacement, type TextChange } from './text-change.ts';

/** Of both sides together. Looking for the shortest way costs the square of it, and then too much. */
const MOST_LINES = 2_000;
const MOST_CHARS = 2_000;

/** Equal characters between two changes that are too few to keep them apart. */
const LEAST_BETWEEN = 3;

/** Lines that have at least this part in common are one line, changed. */
const SIMILAR = 0.5;

/** The changes that make old lines what the new ones say: by lines first, then within lines that were changed. */
export function difference(
  before: readonly string[],
  after: readonly string[],
  offset: number,
): TextChange[] {
  if (before.length === 0 || after.length === 0 || before.length + after.length > MOST_LINES) {
    return [replacement(before.join(''), after.join(''), offset)].filter((change) => change !== null);
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
  for (const [kind, letters] of diff(...asLetters(before, after))) {
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

/** Whether one line looks like the other, changed. */
export function areSimilar(one: string, other: string): boolean {
  const longer = Math.max(one.length, other.length);
  const start = commonStart(one, other);
  const common = start + commonEnd(one, other, Math.min(one.length, other.length) - start);
  return common >= 4 && common >= longer * SIMILAR;
}

/** A letter for each line, the same for the same: so that what compares letters compares lines. */
function asLetters(before: readonly string[], after: readonly string[]): [string, string] {
  const letters = new Map<string, string>();
  const letterOf = (line: string) => {
    const known = letters.get(line);
    if (known !== undefined) return known;
    const letter = String.fromCharCode(letters.size + 1);
    letters.set(line, letter);
    return letter;
  };
  return [before.map(letterOf).join(''), after.map(letterOf).join('')];
}

/** Lines that have come in the place of others: as long as they look alike, only what differs in them. */
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
  const rest = replacement(removed.slice(alike).join(''), added.slice(alike).join(''), at);
  return rest ? [...changes, rest] : changes;
}

/** What differs in two lines. */
function within(before: string, after: string, offset: number): TextChange[] {
  const whole = replacement(before, after, offset);
  if (!whole) return [];
  if (whole.remove + whole.insert.length > MOST_CHARS) return [whole];
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
    if (last && at - (last.at + last.remove) < LEAST_BETWEEN) {
      const between = before.slice(last.at + last.remove - offset, at - offset);
      last.remove += between.length + change.remove;
      last.insert += between + change.insert;
    } else {
      changes.push({ at, ...change });
    }
    if (kind === diff.DELETE) at += text.length;
  }
  return changed(
    before,
    changes.map((change) => ({ ...change, at: change.at - offset })),
  ) === after
    ? changes
    : [whole];
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}
