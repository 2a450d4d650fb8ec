/** Longer lines are neither fences nor headers with a file name. */
export const MAX_MARKUP_CHARS = 1_000;

// Linear in the length of the line: no character can belong to two adjacent repetitions.
const FENCE = /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))[ \t]*(.*)$/s;

/** A line of CommonMark that begins or ends a block of code. */
export interface Fence {
  mark: string;
  info: string;
}

export function fenceOf(line: string): Fence | null {
  const [, mark, info = ''] = (line.length <= MAX_MARKUP_CHARS && FENCE.exec(line)) || [];
  if (mark === undefined || (mark.startsWith('`') && info.includes('`'))) return null;
  return { mark, info: info.trimEnd() };
}

/** Whether a fence has the same character as the opening one and is at least as long. */
export function matches(fence: Fence, opening: Fence): boolean {
  return fence.mark.startsWith(opening.mark.charAt(0)) && fence.mark.length >= opening.mark.length;
}

export function closes(fence: Fence, opening: Fence): boolean {
  return fence.info === '' && matches(fence, opening);
}
