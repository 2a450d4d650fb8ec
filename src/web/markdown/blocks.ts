import { Lexer, type Token } from 'marked';

/** A paragraph longer than this is shown as it is: some nested emphasis takes the lexer quadratic time. */
const MOST_INLINE_CHARS = 16 * 1024;

/** A line that opens so many quotes or lists at once is an attack on the lexer, which calls itself for each. */
const TOO_DEEP = /^[ \t]*(?:>[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+){64}/m;

/**
 * Markdown that grows. Blocks (paragraphs, lists, code …) that can no longer change are settled and never looked at
 * again; only the open end is read anew. So a long answer costs what its last block costs, not what all of it does.
 */
export class MarkdownBlocks {
  #open = '';
  /** Complete lines of `#open` were looked through for settled blocks up to here. */
  #looked = 0;
  /** Where the search for the end of an open code block continues. */
  #searched = 0;
  #carriageReturn = false;
  /** Something in it is nested too deep: from there on it is plain text. */
  #plain = false;
  /** Link definitions hold for the whole text, wherever they stand. */
  #links: Lexer['tokens']['links'] = Object.create(null);

  /** Whether there are definitions: links above them become links only when all is read again. */
  get hasDefinitions(): boolean {
    return Object.keys(this.#links).length > 0;
  }

  /**
   * Adds text; answers which blocks settled by that, and those after them that may still change. `isEnd`: there will be
   * no more, and what looks like the half of something is what it looks like.
   */
  push(text: string, isEnd = false): { settled: Token[]; open: Token[] } {
    this.#open += this.#withoutCarriageReturns(text, isEnd);
    this.#plain ||= TOO_DEEP.test(this.#open);
    if (this.#plain) return { settled: [], open: [plain(this.#open)] };
    if (isEnd) return { settled: [], open: this.#lex(this.#open) };
    const code = this.#openCode();
    if (code) return { settled: [], open: [code] };
    const settled = this.#settle();
    // What settled may have been followed by the beginning of a code block.
    return { settled, open: [this.#openCode() ?? this.#lex(this.#open)].flat() };
  }

  /** All blocks but the last are settled, judged by complete lines: "2" may become "2." and go on with a list. */
  #settle(): Token[] {
    const end = this.#open.lastIndexOf('\n') + 1;
    if (end <= this.#looked) return [];
    this.#looked = end;
    const tokens = this.#lex(this.#open.slice(0, end));
    const last = tokens.findLastIndex(({ type }) => type !== 'space');
    const settled = tokens.slice(0, Math.max(0, last));
    const length = settled.reduce((sum, { raw }) => sum + raw.length, 0);
    this.#open = this.#open.slice(length);
    this.#looked -= length;
    this.#searched = 0;
    return settled;
  }

  /**
   * A code block without its end, found without the lexer: such blocks get long, and nothing in them needs reading.
   * Null when the open text is something else, or the block has ended.
   */
  #openCode(): Token | null {
    const [opening, fence, lang] = /^(`{3,}|~{3,})([^`\n]*)\n/.exec(this.#open) ?? [];
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
    const lexer = new Lexer();
    lexer.tokens.links = this.#links;
    const tokens = lexer.blockTokens(text, []);
    for (let item = lexer.inlineQueue.shift(); item; item = lexer.inlineQueue.shift()) {
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
