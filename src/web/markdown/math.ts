import { getDefaults, type MarkedOptions, type Tokens } from 'marked';

// TeX formulas are not Markdown: what looks like an escape, emphasis or a list in them is TeX. They are kept as
// they were written, backslashes included.

/** A formula, complete or still growing. */
export interface MathToken extends Tokens.Generic {
  type: 'math' | 'mathBlock';
  raw: string;
  /** As written, with its delimiters. */
  text: string;
}

/** How far a formula's end is searched for, in UTF-16 units, so that the lexer's time is bounded. */
const LONGEST = 4 * 1024;

/** A formula of one dollar sign on each side is no longer than this, in UTF-16 units; longer text is about money. */
const LONGEST_DOLLARS = 1_000;

const OPENING = String.raw`(?:\$\$|\\\[|\\begin\{[A-Za-z]{1,20}\*?\})`;
const BLOCK_OPENING = new RegExp(`^ {0,3}(${OPENING})`);
const INLINE_OPENING = new RegExp(String.raw`^(?:${OPENING}|\\\()`);
/** The next formula of its own lines, or the end of the paragraph, whichever comes first. */
const NEXT_BLOCK = new RegExp(String.raw`\n(?: {0,3}${OPENING}|[ \t]*(?:\n|$))`);
const PARAGRAPH_END = /\n[ \t]*(?:\n|$)/;

/** The lexer's extensions for formulas. */
export const WITH_MATH: MarkedOptions = {
  ...getDefaults(),
  extensions: {
    renderers: {},
    childTokens: {},
    block: [mathBlock],
    startBlock: [startOfBlock],
    inline: [mathInline],
    startInline: [(text) => text.indexOf('$')],
  },
};

/** Up to its end, or that of its paragraph: it may still be growing. */
function mathBlock(src: string): MathToken | undefined {
  const [, opening] = BLOCK_OPENING.exec(src) ?? [];
  if (opening === undefined) return undefined;
  const near = src.slice(0, LONGEST);
  const end = endOf(near, opening, near.indexOf(opening) + opening.length);
  const formula = near.slice(0, end === -1 ? undefined : end);
  const paragraphEnd = PARAGRAPH_END.exec(formula)?.index;
  const isWhole = end !== -1 && paragraphEnd === undefined;
  const raw = isWhole ? formula + rest(src, end) : wholeLines(formula.slice(0, paragraphEnd), src);
  return { type: 'mathBlock', raw, text: raw.trim() };
}

/** A too long formula is cut at the end of a line, where there is one. */
function wholeLines(text: string, src: string): string {
  const isCut = text.length === LONGEST && src.length > LONGEST;
  return isCut ? text.slice(0, text.lastIndexOf('\n') + 1 || undefined) : text;
}

/** The rest of the line after the end of a formula. */
function rest(src: string, end: number): string {
  return /^[ \t]*(?:[.,;:][ \t]*)?(?:\n|$)/.exec(src.slice(end, end + 100))?.[0] ?? '';
}

/** Where the next formula of its own lines begins in this paragraph; -1: nowhere. */
export function startOfBlock(text: string): number {
  const found = NEXT_BLOCK.exec(text.slice(0, LONGEST));
  return found && !/^\n[ \t]*(?:\n|$)/.test(found[0]) ? found.index + 1 : -1;
}

function mathInline(src: string): MathToken | undefined {
  const [opening] = INLINE_OPENING.exec(src) ?? [];
  const near = src.slice(0, LONGEST);
  const end = opening === undefined ? endOfDollars(src) : endOf(near, opening, opening.length);
  if (end !== -1) return inline(src.slice(0, end));
  // The end may still arrive. Until then the formula's beginning is kept.
  return opening === '\\(' || opening === '\\[' ? inline(opening) : undefined;
}

function inline(raw: string): MathToken {
  return { type: 'math', raw, text: raw };
}

/** Where the formula ends; -1: it does not. */
function endOf(src: string, opening: string, from: number): number {
  const closing = closingOf(opening);
  const end = src.indexOf(closing, from);
  return end === -1 ? -1 : end + closing.length;
}

function closingOf(opening: string): string {
  if (opening === '\\[') return '\\]';
  if (opening === '\\(') return '\\)';
  return opening.replace('\\begin', '\\end');
}

/** As Pandoc distinguishes formulas from prices: no space inside the signs, and no digit after them. */
function endOfDollars(src: string): number {
  const [formula] = /^\$(?![\s$])(?:\\.|[^\\$])+\$(?!\d)/s.exec(src.slice(0, LONGEST_DOLLARS)) ?? [];
  return formula && !/\s\$$/.test(formula) ? formula.length : -1;
}

/** Characters that a backslash escapes in Markdown. */
const MEANT_BY_MARKDOWN = /^[`*_#+\-.!|<>~$"]$/;

/**
 * An escape as it is shown. Before other characters Markdown would drop the backslash as well, but one that is written
 * there belongs to TeX, or to a Windows path.
 */
export function shownEscape({ raw, text }: Tokens.Escape): string {
  return MEANT_BY_MARKDOWN.test(text) ? text : raw;
}
