import type { MarkedToken, Token } from 'marked';
import type { ComponentChildren } from 'preact';
import { decodeEntities } from './entities.ts';
import { safeAddress } from './links.ts';
import { type MathToken, shownEscape } from './math.ts';

/** Deeper nesting than in real text; a hostile answer must not exhaust the stack. */
const MOST_DEPTH = 32;

interface Props {
  tokens: readonly Token[];
  depth?: number;
}

/** Text with emphasis, code and links. What is HTML in it is shown as the text that it is. */
export function Inline({ tokens, depth = 0 }: Props) {
  return <>{tokens.map((token) => inline(token as MarkedToken | MathToken, depth + 1))}</>;
}

function inline(token: MarkedToken | MathToken, depth: number): ComponentChildren {
  if (depth > MOST_DEPTH) return token.raw;
  const within = (tokens: readonly Token[]) => <Inline tokens={tokens} depth={depth} />;
  switch (token.type) {
    case 'text':
      return token.tokens ? within(token.tokens) : decodeEntities(token.text);
    case 'escape':
      return shownEscape(token);
    case 'strong':
      return <strong>{within(token.tokens)}</strong>;
    case 'em':
      return <em>{within(token.tokens)}</em>;
    case 'del':
      return <del>{within(token.tokens)}</del>;
    case 'codespan':
      return <code dir="ltr">{token.text}</code>;
    case 'math':
      return <Formula text={token.text} />;
    case 'br':
      return <br />;
    case 'link':
      return <Link href={token.href}>{within(token.tokens)}</Link>;
    case 'image':
      // Never loaded: it would tell a stranger's server who reads this, and when.
      return (
        <Link href={token.href}>
          <span class="image">{decodeEntities(token.text) || 'image'}</span>
        </Link>
      );
    case 'checkbox':
      return <input type="checkbox" disabled checked={token.checked} aria-label="task" />;
    case 'html':
      return /^<br\s*\/?>$/i.test(token.raw) ? <br /> : token.raw;
    default:
      return token.raw;
  }
}

/** As written. It reads from left to right, also in the middle of Arabic. */
function Formula({ text }: { text: string }) {
  return (
    <span class="math" dir="ltr">
      {text}
    </span>
  );
}

function Link({ href, children }: { href: string; children: ComponentChildren }) {
  const address = safeAddress(decodeEntities(href));
  if (address === null) return <>{children}</>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer" title={address}>
      {children}
    </a>
  );
}
