import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { cyclesIn, importGraphOf } from '../support/import-graph.ts';

const FOLDERS = ['src', 'scripts', 'bench'];
const CODE = /\.[cm]?[jt]sx?$/;
const GENERATED = /^src\/store\/generated\//;
/** Above it a file does more than one thing. */
const LINES = 300;

const paths = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => posix.join(folder, path)),
).filter((path) => /\.([cm]?[jt]sx?|css)$/.test(path) && !GENERATED.test(path));
const sources = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));

/** The cycles of a few files, given by their text. */
function cyclesOf(files: Record<string, string>): string[] {
  return cyclesIn(importGraphOf(new Map(Object.entries(files)))).map((cycle) => cycle.join(' → '));
}

describe('imports', () => {
  const graph = importGraphOf(new Map([...sources].filter(([path]) => CODE.test(path))));

  it('name existing files', () => {
    const missing = [...graph].flatMap(([path, imported]) =>
      imported.filter((name) => !existsSync(name)).map((name) => `${path}: ${name}`),
    );
    expect(missing).toEqual([]);
    expect([...graph.values()].flat().length).toBeGreaterThan(500);
  });

  it('have no cycle', () => {
    expect(cyclesIn(graph).map((cycle) => cycle.join(' → '))).toEqual([]);
  });
});

describe('a cycle is found', () => {
  const forms: Record<string, string> = {
    'an import': `import { a } from '../a.ts'; export const c = a;`,
    'a type-only import': `import type { A } from '../a.ts'; export type C = A;`,
    'an import of one type': `import { type A, other } from '../a.ts'; export const c: A = other;`,
    'an import for its effects': `import '../a.ts';`,
    'a re-export': `export * from '../a.ts';`,
    'a re-export of a type': `export type { A } from '../a.ts';`,
    'an import of a type in place': `export type C = import('../a.ts').A;`,
    'the type of a module': `export const c: typeof import('../a.ts') | null = null;`,
    'an import at run time': `export const c = async () => (await import('../a.ts')).a;`,
  };

  it.each(Object.entries(forms))('through %s, with its path', (_form, text) => {
    const files = {
      'src/main.ts': `import { a } from './a.ts'; a();`,
      'src/a.ts': `import { b } from './b/b.tsx'; export const a = () => b; export type A = 1;`,
      'src/b/b.tsx': `import './c.ts'; export const b = <p>b</p>;`,
      'src/b/c.ts': text,
    };
    expect(cyclesOf(files)).toEqual(['src/a.ts → src/b/b.tsx → src/b/c.ts → src/a.ts']);
  });

  it('of a file that imports itself', () => {
    expect(cyclesOf({ 'a.ts': `export * from './a.ts';` })).toEqual(['a.ts → a.ts']);
  });

  it('but not where two files import a third, or one is only mentioned', () => {
    const files = {
      'a.ts': `import './b.ts'; import './c.ts';`,
      'b.ts': `import './c.ts';`,
      'c.ts': `// import './a.ts'\nexport const text = "import './a.ts'";`,
    };
    expect(cyclesOf(files)).toEqual([]);
  });
});

it(`no file has more than ${LINES} lines`, () => {
  const long = [...sources]
    .map(([path, text]) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > LINES);
  expect(long).toEqual([]);
});
