import type { MarkedToken, Token } from 'marked';
import type { ComponentChildren } from 'preact';
import { decodeEntities } from './entities.ts';
import { safeAddress } from './links.ts';

/** Deeper than anybody writes; a hostile answer must not exhaust the stack. */
const MOST_DEPTH = 32;

interface Props {
  tokens: readonly Token[];
  depth?: number;
}

/** Text with emphasis, code and links. What is HTML in it is shown as the text that it is. */
export function Inline({ tokens, depth = 0 }: Props) {
  return <>{tokens.map((token) => inline(token as MarkedToken, depth + 1))}</>;
}

function inline(token: MarkedToken, depth: number): ComponentChildren {
  if (depth > MOST_DEPTH) return token.raw;
  const within = (tokens: readonly Token[]) => <Inline tokens={tokens} depth={depth} />;
  switch (token.type) {
    case 'text':
      return token.tokens ? within(token.tokens) : decodeEntities(token.text);
    case 'escape':
      return token.text;
    case 'strong':
      return <strong>{within(token.tokens)}</strong>;
    case 'em':
      return <em>{within(token.tokens)}</em>;
    case 'del':
      return <del>{within(token.tokens)}</del>;
    case 'codespan':
      return <code>{token.text}</code>;
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

function Link({ href, children }: { href: string; children: ComponentChildren }) {
  const address = safeAddress(decodeEntities(href));
  if (address === null) return <>{children}</>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer" title={address}>
      {children}
    </a>
  );
}
