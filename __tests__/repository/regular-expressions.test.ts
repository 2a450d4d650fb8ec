import { leastCpuOf } from '../support/cpu-time.ts';
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

/** The first text that is too dear, as JSON and cut short; null: there is none. */
async function tooDear(regex: RegExp): Promise<string | null> {
  for (const { length, most } of BOUNDS) {
    for (const text of adversaries(regex, length)) {
      const match = () => {
        regex.lastIndex = 0;
        return regex.sticky ? regex.test(text) : text.replace(regex, '');
      };
      const ms = (await leastCpuOf(match, { times: 3, enough: most * 1_000 })) / 1_000;
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
    async (regex) => {
      expect(await tooDear(regex)).not.toBeNull();
    },
  );

  it.each(found.map(({ where, regex }) => [where, regex] as const))(
    '[LIMIT-2] %s takes time in proportion to the text: %s',
    async (_where, regex) => {
      expect(await tooDear(regex)).toBeNull();
    },
  );
});
