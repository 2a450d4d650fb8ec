import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const markdown = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
    .map((file) => join(folder, file));

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...markdown('docs'),
  ...markdown('examples'),
  ...markdown('bench'),
];

/** A page's text without its code blocks. */
const proseOf = (page: string) => readFileSync(page, 'utf8').replaceAll(/^```.*?^```/gms, '');

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}

describe('the documents', () => {
  it.each(PAGES)('%s links to files and headings that exist', (page) => {
    const links = [...proseOf(page).matchAll(/\]\((?!\w+:)([^)\s]*)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each(PAGES)('%s names files that exist', (page) => {
    const named = proseOf(page).matchAll(
      /`((?:src|__tests__|config|docs|prisma|scripts|bench|examples)\/[\w./-]+)`/g,
    );
    const files = Array.from(named, ([, file = '']) => file).filter((file) => !/NAME|my\.toml/.test(file));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });
});
