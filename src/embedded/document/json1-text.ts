import type { TextStep } from '../../text/text-change.ts';
import { changeBetween } from '../../text/text-change.ts';

/**
 * An op of `text-unicode`, the type with which json1 edits strings: positions are counted in characters, not in UTF-16
 * units.
 */
export type TextOp = ReadonlyArray<number | string | { d: number | string }>;

const SURROGATE = /[\ud800-\udfff]/;

/** Number of characters of a text. */
function charactersOf(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (let at = 0; at < text.length; at += unitsAt(text, at)) count += 1;
  return count;
}

/** UTF-16 units of a number of characters, from an offset on. */
function unitsOf(text: string, from: number, characters: number): number {
  if (!SURROGATE.test(text)) return characters;
  let at = from;
  for (let left = characters; left > 0; left -= 1) at += unitsAt(text, at);
  return at - from;
}

/** Like text-unicode, which takes every surrogate for half of a pair. */
function unitsAt(text: string, at: number): 1 | 2 {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 1;
}

/**
 * The first steps of a list as one op: the longest run of steps in ascending order of position. `after`: the text after
 * them; `taken`: their number, at least one.
 */
export function textOp(
  text: string,
  steps: readonly TextStep[],
): { op: TextOp; after: string; taken: number } {
  const op: Array<number | string | { d: number }> = [];
  let after = '';
  let from = 0;
  let taken = 0;
  for (const step of steps) {
    if (step.at < after.length) break;
    const skipped = text.slice(from, from + step.at - after.length);
    if (skipped !== '') op.push(charactersOf(skipped));
    after += skipped;
    from += skipped.length;
    if ('insert' in step) {
      op.push(step.insert);
      after += step.insert;
    } else {
      op.push({ d: charactersOf(text.slice(from, from + step.remove)) });
      from += step.remove;
    }
    taken += 1;
  }
  return { op, after: after + text.slice(from), taken };
}

/** The steps of an op on a text. When the op does not lead to `after`, one replacement that does. */
export function stepsOf(op: TextOp | null, before: string, after: string): TextStep[] {
  if (op) {
    const { steps, text } = walked(op, before);
    if (text === after) return steps;
  }
  const change = changeBetween(before, after);
  if (!change) return [];
  const { at, remove, insert } = change;
  return [...(remove > 0 ? [{ at, remove }] : []), ...(insert === '' ? [] : [{ at, insert }])];
}

function walked(op: TextOp, before: string): { steps: TextStep[]; text: string } {
  const steps: TextStep[] = [];
  let text = '';
  let from = 0;
  for (const part of op) {
    if (typeof part === 'string') {
      steps.push({ at: text.length, insert: part });
      text += part;
    } else if (typeof part === 'number') {
      const units = unitsOf(before, from, part);
      text += before.slice(from, from + units);
      from += units;
    } else {
      const remove = typeof part.d === 'string' ? part.d.length : unitsOf(before, from, part.d);
      steps.push({ at: text.length, remove });
      from += remove;
    }
  }
  return { steps, text: text + before.slice(from) };
}
