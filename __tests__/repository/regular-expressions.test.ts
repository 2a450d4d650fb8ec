import { cpuOf } from '../support/cpu-time.ts';
import { adversaries, regularExpressionsIn } from '../support/regular-expressions.ts';

/**
 * Units of a text, and the CPU that it may take, in ms. What is exponential shows at the first, what is cubic at the
 * second, what is quadratic at the third; what is linear needs less than one, and a machine of CI is slow.
 */
const BOUNDS = [
  { length: 24, most: 20 },
  { length: 1_000, most: 20 },
  { length: 3_000, most: 20 },
  { length: 30_000, most: 100 },
  { length: 100_000, most: 100 },
];

/**
 * CPU of this process, in ms, that all matches in a text take; the least of a few, because others work here as well.
 */
function costOf(regex: RegExp, text: string, most: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3 && least > most && (attempt === 0 || least < most * 5); attempt += 1) {
    regex.lastIndex = 0;
    const cost = cpuOf(() => (regex.sticky ? regex.test(text) : text.replace(regex, '')));
    least = Math.min(least, cost / 1_000);
  }
  return least;
}

/** The first text that is too dear, as JSON and cut short; null: there is none. */
function tooDear(regex: RegExp): string | null {
  for (const { length, most } of BOUNDS) {
    for (const text of adversaries(regex, length)) {
      const ms = costOf(regex, text, most);
      if (ms > most) return `${Math.round(ms)} ms for ${length}: ${JSON.stringify(text.slice(0, 20))}…`;
    }
  }
  return null;
}

describe('regular expressions', () => {
  const found = regularExpressionsIn('src');

  it('are found', () => {
    expect(found.length).toBeGreaterThan(50);
  });

  it.each([/^\s*a\s*b?\s*$/, /\s+$/, /(a+)+$/, /^(\w+\s?)*$/, /a.*b.*c.*d/])(
    'that are slow are noticed: %s',
    (regex) => {
      expect(tooDear(regex)).not.toBeNull();
    },
  );

  it.each(found.map(({ where, regex }) => [where, regex] as const))(
    '[LIMIT-2] %s takes time in proportion to the text: %s',
    (_where, regex) => {
      expect(tooDear(regex)).toBeNull();
    },
  );
});
