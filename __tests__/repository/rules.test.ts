import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DEFINITION = /^- ([A-Z]+-\d+) /gm;
const FOLDERS = ['src', '__tests__', 'scripts', 'docs'];

describe('docs/rules.md', () => {
  const rules = readFileSync('docs/rules.md', 'utf8');
  const defined = [...rules.matchAll(DEFINITION)].map(([, id = '']) => id);
  const families = new Set(defined.map((id) => id.split('-')[0] ?? ''));
  const citation = new RegExp(`\\b(?:${[...families].join('|')})-\\d+\\b`, 'g');
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|tsx|js|md)$/.test(file) && !file.includes('generated'))
      .map((file) => join(folder, file)),
  );
  const cited = new Map<string, string[]>();
  for (const file of files) {
    for (const [id] of readFileSync(file, 'utf8').matchAll(citation)) {
      cited.set(id, [...(cited.get(id) ?? []), file]);
    }
  }

  it('defines each rule once', () => {
    expect(defined.length).toBeGreaterThan(60);
    expect(new Set(defined).size).toBe(defined.length);
  });

  it('defines every rule that source, tests and documents cite', () => {
    const undefinedRules = [...cited].filter(([id]) => !defined.includes(id));
    expect(undefinedRules).toEqual([]);
  });

  it('has a test for each of its rules', () => {
    const untested = defined.filter((id) => !cited.get(id)?.some((file) => file.startsWith('__tests__')));
    expect(untested).toEqual([]);
  });
});
