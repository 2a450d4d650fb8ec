import type { Extension } from '@codemirror/state';

const script = async (options: { jsx?: boolean; typescript?: boolean }) =>
  (await import('@codemirror/lang-javascript')).javascript(options);
const html = async () => (await import('@codemirror/lang-html')).html();
const markdown = async () => (await import('@codemirror/lang-markdown')).markdown();

/** By the ending of a name. Each language is loaded when the first file needs it. */
const LANGUAGES: ReadonlyMap<string, () => Promise<Extension>> = new Map([
  ['js', () => script({})],
  ['mjs', () => script({})],
  ['cjs', () => script({})],
  ['jsx', () => script({ jsx: true })],
  ['ts', () => script({ typescript: true })],
  ['mts', () => script({ typescript: true })],
  ['cts', () => script({ typescript: true })],
  ['tsx', () => script({ typescript: true, jsx: true })],
  ['html', html],
  ['htm', html],
  ['svg', html],
  ['css', async () => (await import('@codemirror/lang-css')).css()],
  ['json', async () => (await import('@codemirror/lang-json')).json()],
  ['md', markdown],
  ['markdown', markdown],
  ['py', async () => (await import('@codemirror/lang-python')).python()],
]);

/** How a file of that name is coloured and indented. Null where its ending says nothing: it is plain text. */
export function languageOf(name: string): Promise<Extension> | null {
  const ending = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return LANGUAGES.get(ending)?.() ?? null;
}
