import { Tokenizer, type Tokens } from 'marked';
import { startOfBlock } from './math.ts';

/** How many missing cells a table may have beyond one for each character. */
const MOST_MISSING = 1_000;

/** A heading that is underlined is no longer than this, in UTF-16 units. */
const LONGEST_HEADING = 1_000;

/** The lexer's own rules, with bounds where their cost is not proportional to the text. */
export class BoundedTokenizer extends Tokenizer {
  /** Each row has all cells of the head, written or not: a wide head over short rows would be millions. */
  override table(src: string): Tokens.Table | undefined {
    const [raw, head] = this.rules.block.table.exec(src) ?? [];
    if (raw === undefined || head === undefined) return undefined;
    const cells = head.split('|').length * raw.split('\n').length;
    return cells > raw.length + MOST_MISSING ? undefined : super.table(src);
  }

  /** It is tried at every line, and would look for an underline through all that follows, formulas included. */
  override lheading(src: string): Tokens.Heading | undefined {
    const near = src.slice(0, LONGEST_HEADING);
    const formula = startOfBlock(near);
    if (formula !== -1) return super.lheading(near.slice(0, formula));
    return super.lheading(near.length < src.length ? near.slice(0, near.lastIndexOf('\n') + 1) : src);
  }
}
