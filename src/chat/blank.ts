/**
 * White space of any script, control characters, and invisible characters (zero-width spaces, fillers, byte order
 * marks). U+2800 is the blank pattern of Braille, which Unicode counts as a symbol.
 */
const BLANK = /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Whether a text has no visible character. Providers refuse such messages. */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}
