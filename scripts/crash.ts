import { parseArgs } from 'node:util';
import { type CrashFigures, crashRounds } from './survival/crash-rounds.ts';
import { BUILT } from './survival/server-process.ts';

const HELP = `npm run test:crash -- [options]

Kills the built server (npm run build) at random instants under load, starts it again, and looks what is missing.

  --rounds n          kills (default 100)
  --seed n            the same chats and moments again (default: random, printed)
  --checkpoint-ms n   stream.checkpoint_ms (default 1000)`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    'checkpoint-ms': { type: 'string', default: '1000' },
  },
});

if (values.help) {
  console.log(HELP);
} else {
  const checkpointMs = Number(values['checkpoint-ms']);
  console.log(`seed ${values.seed}`);
  const figures = await crashRounds({
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    command: BUILT,
    checkpointMs,
    longestLifeMs: 2_500,
    report: (progress) => process.stderr.write(`\r${progress}`),
  });
  process.stderr.write('\n');
  print(figures);
  const late = Math.max(0, ...figures.millisecondsLost) > checkpointMs;
  if (late) console.log(`text older than ${checkpointMs} ms was lost`);
  const failed = late || figures.messagesLost > 0 || figures.leftOpen > 0 || figures.faults.length > 0;
  process.exitCode = failed ? 1 : 0;
}

function print(figures: CrashFigures): void {
  const { rounds, acknowledged, messagesLost, cutAnswers, charactersLost, millisecondsLost } = figures;
  console.log(`${rounds} kills, ${acknowledged} questions whose stream had begun, ${cutAnswers} answers cut`);
  console.log(`messages lost: ${messagesLost}`);
  console.log(`characters lost of a cut answer: ${spread(charactersLost)}`);
  console.log(`that is, of streaming: ${spread(millisecondsLost)} ms`);
  console.log(`left open after a restart: ${figures.leftOpen}`);
  console.log(`restart until it listens: ${spread(figures.restartMs)} ms`);
  console.log(`other faults: ${figures.faults.length}`);
  for (const fault of figures.faults) console.log(`  ${fault}`);
}

function spread(values: readonly number[]): string {
  const sorted = [...values].sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `median ${Math.round(median)}, worst ${Math.round(sorted.at(-1) ?? 0)}`;
}
