// A Dockerfile as a list of steps, and what .dockerignore keeps out of its context: as much of both as ours use.

export interface Step {
  instruction: string;
  flags: Map<string, string>;
  /** The text after the flags. */
  value: string;
}

export function parseDockerfile(text: string): Step[] {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseStep);
}

function parseStep(line: string): Step {
  const [, instruction, flags, value] = /^(\w+)((?:\s+--\S+)*)\s+(.*)$/.exec(line.trim()) ?? [];
  if (instruction === undefined || flags === undefined || value === undefined) {
    throw new Error(`Not understood in the Dockerfile: ${line}`);
  }
  const pairs = [...flags.matchAll(/--([\w-]+)=(\S+)/g)].map(
    ([, name = '', text = '']) => [name, text] as const,
  );
  return { instruction, flags: new Map(pairs), value };
}

/** `["node", "x.js"]`, the form without a shell. */
export function execForm(value: string): string[] {
  const words: unknown = JSON.parse(value);
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  throw new Error(`Not in exec form: ${value}`);
}

/** Answers whether a path of the context (`src/main.ts`) is kept out of it. The last pattern that fits decides. */
export function ignored(dockerignore: string): (path: string) => boolean {
  const rules = dockerignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({
      keeps: line.startsWith('!'),
      pattern: glob(line.replace(/^!/, '').replace(/\/$/, '')),
    }));
  return (path) => rules.reduce((out, { keeps, pattern }) => (pattern.test(path) ? !keeps : out), false);
}

/** A pattern fits a path, and everything below it. */
function glob(pattern: string): RegExp {
  const source = pattern
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => WILDCARDS.get(part) ?? part.replace(/[.+^${}()|[\]\\]/g, '\\$&'))
    .join('');
  return new RegExp(`^${source}(/.*)?$`);
}

const WILDCARDS = new Map([
  ['**/', '(.*/)?'],
  ['**', '.*'],
  ['*', '[^/]*'],
  ['?', '[^/]'],
]);
