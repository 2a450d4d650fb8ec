/** Letters of scripts that run from right to left: Hebrew, Arabic, Syriac, Thaana, NKo … */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}\u200f]/u;

/** A first letter further away than this does not decide. UTF-16 units. */
const FAR = 500;

/**
 * The direction of a block that contains others, by its first letter. The browser's own `dir="auto"` looks only at text
 * in the block itself, not in nested blocks. Code and formulas do not count: they have their own direction.
 */
export function directionOf(text: string): 'ltr' | 'rtl' {
  const prose = text.slice(0, FAR).replace(/`[^`]*`|\\\(.{0,80}?\\\)|\\[a-z]+/gsu, ' ');
  const [letter] = /\p{L}/u.exec(prose) ?? [];
  return letter !== undefined && RIGHT_TO_LEFT.test(letter) ? 'rtl' : 'ltr';
}
