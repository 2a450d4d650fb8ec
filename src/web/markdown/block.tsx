import type { MarkedToken, Token, Tokens } from 'marked';
import type { ComponentChildren } from 'preact';
import { CodeBlock } from './code-block.tsx';
import { directionOf } from './direction.ts';
import { Inline } from './inline.tsx';
import type { MathToken } from './math.ts';

/** Deeper nesting than in real text; a hostile answer must not exhaust the stack. */
const MOST_DEPTH = 16;

interface Props {
  token: Token;
  depth?: number;
}

/** A block of an answer as elements, made one by one: no HTML is ever parsed. */
export function Block({ token, depth = 0 }: Props) {
  return <>{block(token as MarkedToken | MathToken, depth)}</>;
}

function block(token: MarkedToken | MathToken, depth: number): ComponentChildren {
  if (depth > MOST_DEPTH) return <Raw text={token.raw} />;
  switch (token.type) {
    case 'paragraph':
      return (
        <p dir="auto">
          <Inline tokens={token.tokens} />
        </p>
      );
    case 'text':
      return token.tokens ? <Inline tokens={token.tokens} /> : token.text;
    case 'heading':
      return <Heading depth={token.depth} tokens={token.tokens} />;
    case 'code':
      return <CodeBlock language={token.lang?.split(/\s/, 1)[0] ?? ''} text={token.text} />;
    case 'blockquote':
      return (
        <blockquote dir={directionOf(token.text)}>
          <Blocks tokens={token.tokens} depth={depth + 1} />
        </blockquote>
      );
    case 'list':
      return <List list={token} depth={depth + 1} />;
    case 'table':
      return <Table table={token} />;
    case 'mathBlock':
      return (
        <p class="math" dir="ltr">
          {token.text}
        </p>
      );
    case 'hr':
      return <hr />;
    case 'html':
      return <Raw text={token.raw} />;
    case 'space':
    case 'def':
      return null;
    default:
      return <Inline tokens={[token]} />;
  }
}

function Blocks({ tokens, depth }: { tokens: readonly Token[]; depth: number }) {
  return <>{tokens.map((token) => block(token as MarkedToken | MathToken, depth))}</>;
}

/** The page's own headings end at level 2. */
function Heading({ depth, tokens }: { depth: number; tokens: readonly Token[] }) {
  const content = <Inline tokens={tokens} />;
  if (depth === 1) return <h3 dir="auto">{content}</h3>;
  if (depth === 2) return <h4 dir="auto">{content}</h4>;
  if (depth === 3) return <h5 dir="auto">{content}</h5>;
  return <h6 dir="auto">{content}</h6>;
}

function List({ list, depth }: { list: Tokens.List; depth: number }) {
  const items = list.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: text only grows at its end, so an item keeps its index
    <li key={index} class={item.task ? 'task' : undefined} dir={directionOf(item.text)}>
      <Blocks tokens={item.tokens} depth={depth} />
    </li>
  ));
  return list.ordered ? <ol start={Number(list.start) || 0}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ table }: { table: Tokens.Table }) {
  const cell = ({ tokens, align }: Tokens.TableCell, header: boolean) => {
    const className = align ? `align-${align}` : undefined;
    const content = <Inline tokens={tokens} />;
    return header ? (
      <th class={className} dir="auto">
        {content}
      </th>
    ) : (
      <td class={className} dir="auto">
        {content}
      </td>
    );
  };
  const direction = directionOf(table.header.map(({ text }) => text).join(' '));
  return (
    // Wide tables scroll by themselves, with the keyboard, too: hence the tab stop.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable
    <section class="table" tabIndex={0} aria-label="table" dir={direction}>
      <table>
        <thead>
          <tr>{table.header.map((each) => cell(each, true))}</tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: text only grows at its end, so a row keeps its index
            <tr key={index}>{row.map((each) => cell(each, false))}</tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** HTML in the Markdown, shown as text. */
function Raw({ text }: { text: string }) {
  return (
    <p class="raw" dir="auto">
      {text.trimEnd()}
    </p>
  );
}
