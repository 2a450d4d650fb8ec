import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

export interface Found {
  /** `src/logger.ts:12` */
  where: string;
  regex: RegExp;
}

/**
 * Every regular expression that is written in a folder of sources. One that is put together at run time from a template
 * is taken with `a` in the places of what is put in.
 */
export function regularExpressionsIn(folder: string): Found[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('generated'))
    .flatMap((path) => inFile(join(folder, path)));
}

function inFile(path: string): Found[] {
  const text = readFileSync(path, 'utf8');
  const found: Found[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const regex = regexOf({ ...node });
    const at = regex ? Math.max(0, text.indexOf(`/${regex.source}/`)) : 0;
    if (regex) found.push({ where: `${path}:${text.slice(0, at).split('\n').length}`, regex });
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(text, { syntax: 'typescript', tsx: path.endsWith('x'), target: 'esnext' }));
  return found;
}

/** Fields of nodes are those of SWC's syntax tree. */
function regexOf(node: Record<string, unknown>): RegExp | null {
  if (node.type === 'RegExpLiteral') return new RegExp(String(node.pattern), String(node.flags));
  const { callee, arguments: given }: { callee?: { value?: unknown }; arguments?: unknown } = node;
  if (node.type !== 'NewExpression' || callee?.value !== 'RegExp' || !Array.isArray(given)) return null;
  const [source, flags] = given.map(({ expression }: { expression: Written }) => textIn(expression));
  return new RegExp(source ?? '', flags);
}

interface Written {
  type: string;
  value?: string;
  quasis?: Array<{ cooked: string }>;
}

function textIn({ type, value, quasis }: Written): string {
  if (type === 'StringLiteral') return value ?? '';
  return type === 'TemplateLiteral' ? (quasis ?? []).map(({ cooked }) => cooked).join('a') : 'a';
}

/**
 * What a backtracking matcher is slow at: a beginning that matches, a long run of what may be in a loop, and no end.
 */
export function* adversaries(regex: RegExp, length: number): Generator<string> {
  const literals = literalsOf(regex.source);
  const heads = new Set(['', 'a']);
  for (let count = 1; count <= Math.min(literals.length, 8); count += 1) {
    const first = literals.slice(0, count);
    heads.add(first.join(''));
    heads.add(first.join('a'));
    heads.add(`${first.join('a')}a`);
    heads.add(first.join(' '));
  }
  const units = new Set([' ', '\t', '\u00a0', '\n', '\r\n', 'a', 'A', '0', '*', '(', '`', '_', '-', ' \t']);
  for (const literal of new Set(literals))
    for (const unit of [literal, `a${literal}`, `${literal} `]) units.add(unit);
  for (const head of heads) {
    for (const unit of units) {
      const run = unit.repeat(Math.ceil(length / unit.length));
      for (const tail of ['', '\0', '\nx']) yield head + run + tail;
    }
  }
}

/** The characters that stand for themselves, in runs, as they follow each other; of a set, its first two. */
function literalsOf(source: string): string[] {
  const runs: string[] = [''];
  const sets = source.replace(/\[\^?((?:\\.|[^\]\\]){1,2})(?:\\.|[^\]\\])*\]/g, '|$1|');
  for (const [piece] of sets.matchAll(/\(\?(?:<?[=!]|<\w+>|:)|\{[\d,]*\}|\\[pPux]\{?\w+\}?|\\.|[\s\S]/g)) {
    const literal = piece === '\\n' ? '\n' : piece === '\\t' ? '\t' : piece.replace(/^\\(?=\W)/, '');
    if (literal.length === 1 && (piece.length === 2 || !'()|^$.?*+{}'.includes(piece))) {
      runs.push(`${runs.pop()}${literal}`);
    } else runs.push('');
  }
  return runs.filter((run) => run !== '');
}
