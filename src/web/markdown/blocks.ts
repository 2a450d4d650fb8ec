import { Lexer, type Token } from 'marked';
import { BoundedTokenizer } from './bounded-tokenizer.ts';
import { WITH_MATH } from './math.ts';
import { endOfPart, headOf, MOST_PART } from './parts.ts';

/** A paragraph longer than this is shown as it is: some nested emphasis takes the lexer quadratic time. */
const MOST_INLINE_CHARS = 6 * 1024;

/**
 * The lexer takes quadratic time for some texts, so it never gets more than a part and a piece at a time. UTF-16
 * units.
 */
const PIECE = 4 * 1024;

/**
 * Text beyond this is shown as it is: so many elements would take a browser longer than anybody waits. UTF-16 units.
 */
const MOST_MARKDOWN = 512 * 1024;

/** A line that opens so many quotes or lists at once is an attack on the lexer, which calls itself for each. */
const TOO_DEEP = /^[ \t]*(?:>[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+){64}/m;

export type Links = Lexer['tokens']['links'];

/**
 * Markdown that grows. Blocks (paragraphs, lists, code …) that can no longer change are settled and never looked at
 * again; only the open end is read anew. So a long answer costs what its last block costs, not what all of it does. A
 * block longer than a part is settled in several.
 */
export class MarkdownBlocks {
  #open = '';
  /** Complete lines of `#open` were looked through for settled blocks up to here. */
  #looked = 0;
  /** Where the search for the end of an open code block continues. */
  #searched = 0;
  #carriageReturn = false;
  /** How much was added. */
  #length = 0;
  /** Something in it is nested too deep, or it is too long: from there on it is plain text. */
  #plain = false;
  readonly #links: Links;

  /** `links`: definitions known from an earlier reading; they hold for the whole text, wherever they stand. */
  constructor(links: Links = Object.create(null)) {
    this.#links = links;
  }

  /** The definitions so far, if any: links above them become links only when all is read again. */
  get links(): Links | null {
    return Object.keys(this.#links).length > 0 ? this.#links : null;
  }

  /**
   * Adds text; answers which blocks settled by that, and those after them that may still change. `isEnd`: there will be
   * no more, and what looks like the half of something is what it looks like.
   */
  push(text: string, isEnd = false): { settled: Token[]; open: Token[] } {
    const settled: Token[] = [];
    for (let from = 0; from < text.length; from += PIECE) this.#add(text.slice(from, from + PIECE), settled);
    if (isEnd) this.#open += this.#withoutCarriageReturns('', true);
    return { settled, open: this.#openBlocks(isEnd) };
  }

  #add(piece: string, settled: Token[]): void {
    const line = this.#open.lastIndexOf('\n') + 1;
    this.#open += this.#withoutCarriageReturns(piece, false);
    this.#length += piece.length;
    this.#plain ||= this.#length > MOST_MARKDOWN || TOO_DEEP.test(this.#open.slice(line));
    if (this.#plain) this.#settlePlain(settled);
    else if (!this.#openCode()) this.#settleBlocks(settled);
  }

  #settleBlocks(settled: Token[]): void {
    settled.push(...this.#settle());
    // What settled may have been followed by the beginning of a code block.
    if (this.#open.length > MOST_PART && !this.#openCode()) settled.push(...this.#settlePart());
  }

  #openBlocks(isEnd: boolean): Token[] {
    if (this.#plain) return this.#open === '' ? [] : [plain(this.#open)];
    const code = isEnd ? null : this.#openCode();
    return code ? [code] : this.#lex(this.#open);
  }

  #settlePlain(settled: Token[]): void {
    while (this.#open.length > MOST_PART) settled.push(plain(this.#take(endOfPart(this.#open))));
  }

  /** The beginning of a block that is too long, and a table's head again for what is left of it. */
  #settlePart(): Token[] {
    const isCode = /^(?:```|~~~)/.test(this.#open);
    // The end of a code block belongs to it; whether its line is complete will be known soon.
    if (isCode && /\n {0,3}[`~]+ *$/.test(this.#open.slice(-100))) return [];
    const part = this.#take(isCode ? this.#open.lastIndexOf('\n') + 1 : endOfPart(this.#open));
    const tokens = this.#lex(part);
    const last = tokens.at(-1);
    if (last?.type === 'table' && this.#open.startsWith('|')) {
      this.#open = headOf(last.raw) + this.#open;
      this.#looked = 0;
    }
    return tokens;
  }

  /** All blocks but the last are settled, judged by complete lines: "2" may become "2." and go on with a list. */
  #settle(): Token[] {
    const end = this.#open.lastIndexOf('\n') + 1;
    if (end <= this.#looked) return [];
    this.#looked = end;
    const tokens = this.#lex(this.#open.slice(0, end));
    const last = tokens.findLastIndex(({ type }) => type !== 'space');
    const settled = tokens.slice(0, Math.max(0, last));
    this.#take(settled.reduce((sum, { raw }) => sum + raw.length, 0));
    return settled;
  }

  #take(length: number): string {
    const taken = this.#open.slice(0, length);
    this.#open = this.#open.slice(length);
    this.#looked = Math.max(0, this.#looked - length);
    this.#searched = 0;
    return taken;
  }

  /**
   * A code block without its end, found without the lexer: such blocks get long, and nothing in them needs reading.
   * Null when the open text is something else, or the block has ended.
   */
  #openCode(): Token | null {
    const [opening, fence, lang] = /^(`{3,}(?!`)|~{3,}(?!~))([^`\n]*)\n/.exec(this.#open) ?? [];
    if (opening === undefined || fence === undefined) return null;
    const closing = new RegExp(`\\n {0,3}${fence}[~\`]* *(?=\\n|$)`, 'g');
    closing.lastIndex = Math.max(this.#searched, opening.length - 1);
    if (closing.test(this.#open)) return null;
    const lastLine = this.#open.lastIndexOf('\n');
    this.#searched = lastLine;
    // The last line may be half of the closing fence; it would flash up as code.
    const isHalfFence = /^\n {0,3}[`~]+$/.test(this.#open.slice(lastLine, lastLine + 100));
    const text = this.#open.slice(
      opening.length,
      isHalfFence ? Math.max(lastLine, opening.length) : undefined,
    );
    return { type: 'code', raw: this.#open, lang: lang?.trim(), text: text.replace(/\n$/, '') };
  }

  #lex(text: string): Token[] {
    const lexer = new Lexer({ ...WITH_MATH, tokenizer: new BoundedTokenizer() });
    lexer.tokens.links = this.#links;
    const tokens = lexer.blockTokens(text, []);
    for (const item of lexer.inlineQueue) {
      // What a block left open, like <a> or <pre>, ends with it.
      Object.assign(lexer.state, { inLink: false, inRawBlock: false });
      if (item.src.length > MOST_INLINE_CHARS)
        item.tokens.push({ type: 'text', raw: item.src, text: item.src });
      else lexer.inlineTokens(item.src, item.tokens);
    }
    return tokens;
  }

  /** The lexer knows only \n; the second half of a \r\n may come later. */
  #withoutCarriageReturns(text: string, isEnd: boolean): string {
    const whole = this.#carriageReturn ? `\r${text}` : text;
    this.#carriageReturn = whole.endsWith('\r') && !isEnd;
    return (this.#carriageReturn ? whole.slice(0, -1) : whole).replace(/\r\n?/g, '\n');
  }
}

function plain(text: string): Token {
  return { type: 'html', raw: text, text };
}
