// A Dockerfile as a list of steps, and what .dockerignore keeps out of its context: as much of both as ours use.

/** `[{instruction, flags, value}]` in order; `value` is the text after the flags, or the array of its JSON form. */
export function parseDockerfile(text) {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, instruction, flags, value] = /^(\w+)((?:\s+--\S+)*)\s+(.*)$/.exec(line.trim()) ?? [];
      if (!instruction) throw new Error(`Not understood in the Dockerfile: ${line}`);
      return {
        instruction,
        flags: Object.fromEntries(
          flags
            .trim()
            .split(/\s+/)
            .filter(Boolean)
            .map((flag) => flag.slice(2).split('=')),
        ),
        value,
      };
    });
}

/** `["node", "x.js"]`, the form without a shell. */
export function execForm(value) {
  const words = JSON.parse(value);
  if (!Array.isArray(words)) throw new Error(`Not in exec form: ${value}`);
  return words;
}

/** Answers whether a path of the context (`src/main.ts`) is kept out of it. The last pattern that fits decides. */
export function ignored(dockerignore) {
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
function glob(pattern) {
  const source = pattern
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => GLOB[part] ?? part.replace(/[.+^${}()|[\]\\]/g, '\\$&'))
    .join('');
  return new RegExp(`^${source}(/.*)?$`);
}

const GLOB = { '**/': '(.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };
