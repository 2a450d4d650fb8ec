import { parseArgs } from 'node:util';
import { runAttacks } from './survival/attacks.ts';
import { SHAPES } from './survival/hostile-shapes.ts';
import { BUILT } from './survival/server-process.ts';

const HELP = `npm run test:survival -- [options]

Throws at the built server (npm run build), in a heap of 1 GiB, what ended, froze or filled servers of before: bodies, long
texts, evil answers, abandoned runs, histories, rude providers. Prints for each the longest time in which /healthz was not
answered, and the most memory so far. Fails when the server ends, or does not do as the rule of a shape says.

  --scale n   how much of it, from 0 to 1 (default 1: some minutes)
  --only text the shapes whose name contains it`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    scale: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});
if (values.help) console.log(HELP);
else process.exitCode = (await survives(Number(values.scale), values.only)) ? 0 : 1;

async function survives(scale: number, only: string): Promise<boolean> {
  const shapes = SHAPES.filter(({ name }) => name.includes(only));
  const figures = await runAttacks({
    command: ['--max-old-space-size=1024', ...BUILT],
    scale,
    shapes,
    report: ({ shape, longestGapMs, peakMib, fault }) =>
      console.log(`${shape}: ${longestGapMs} ms, ${peakMib} MiB${fault === null ? '' : `; WRONG: ${fault}`}`),
  });
  return figures.every(({ fault }) => fault === null);
}
