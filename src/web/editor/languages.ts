import { css } from '@codemirror/lang-css';
import { html } from '@codemirror/lang-html';
import { javascript } from '@codemirror/lang-javascript';
import { json } from '@codemirror/lang-json';
import { markdown } from '@codemirror/lang-markdown';
import { python } from '@codemirror/lang-python';
import type { Extension } from '@codemirror/state';

const LANGUAGES: ReadonlyMap<string, () => Extension> = new Map([
  ['js', () => javascript()],
  ['mjs', () => javascript()],
  ['cjs', () => javascript()],
  ['jsx', () => javascript({ jsx: true })],
  ['ts', () => javascript({ typescript: true })],
  ['mts', () => javascript({ typescript: true })],
  ['cts', () => javascript({ typescript: true })],
  ['tsx', () => javascript({ typescript: true, jsx: true })],
  ['html', () => html()],
  ['htm', () => html()],
  ['svg', () => html()],
  ['css', () => css()],
  ['json', () => json()],
  ['md', () => markdown()],
  ['markdown', () => markdown()],
  ['py', () => python()],
]);

/** How a file of that name is coloured and indented; plain text where its ending says nothing. */
export function languageOf(name: string): Extension {
  const ending = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return LANGUAGES.get(ending)?.() ?? [];
}
