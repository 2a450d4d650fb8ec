import { parseArgs } from 'node:util';
import { killedStarts } from './survival/killed-starts.ts';

const HELP = `npm run test:start -- [options]

Kills processes that make, upgrade or tidy up a database (npm run build), at instants spread over all that a start takes, starts
each database again, and looks what is missing.

  --kills n  for each number of migrations that a database can have (default 100)`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    kills: { type: 'string', default: '100' },
  },
});

if (values.help) {
  console.log(HELP);
} else {
  const report = (progress: string) => process.stderr.write(`\r${progress}`);
  const { kills, underWay, faults } = await killedStarts({ killsEach: Number(values.kills), report });
  console.log(`\n${kills} kills, ${underWay} of them before the database was open, ${faults.length} faults`);
  for (const fault of faults) console.log(`  ${fault}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
