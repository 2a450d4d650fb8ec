import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startSimulator } from '../src/simulator/server.ts';
import { faultsIn, leftOpen } from './survival/database-checks.ts';
import { seeded } from './survival/random.ts';
import { BUILT, ServerProcess } from './survival/server-process.ts';
import { SoakLoad } from './survival/soak-load.ts';
import { openFiles, residentBytes } from './survival/usage.ts';

const HELP = `npm run test:soak -- [options]

Thousands of runs against the built server (npm run build), with random leaving, returning, stopping, deleting and faults;
then memory, handles and open files must be what they were after the first fifth. Needs Linux (/proc).

  --runs n     default 10000, a minute or two
  --at-once n  default 24
  --seed n     the same visits again (default: random, printed)`;

const MIB = 1024 * 1024;
/**
 * Maximum increase between the warm-up and the end. A leak of 2 KiB, or of one handle, per run is far more. Idle
 * connections to the provider come and go.
 */
const ALLOWED = { heapMib: 8, files: 24, resources: 8 };

interface Holdings {
  heapMib: number;
  residentMib: number;
  files: number;
  resources: number;
}

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    runs: { type: 'string', default: '10000' },
    'at-once': { type: 'string', default: '24' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
  },
});
if (values.help) console.log(HELP);
else
  process.exitCode = (await soak(Number(values.runs), Number(values['at-once']), Number(values.seed)))
    ? 0
    : 1;

async function soak(runs: number, atOnce: number, seed: number): Promise<boolean> {
  console.log(`seed ${seed}`);
  const folder = await mkdtemp(join(tmpdir(), 'llm-soak-'));
  const databaseFile = join(folder, 'chat.db');
  const configFile = join(folder, 'config.toml');
  await writeFile(
    configFile,
    '[stream]\nfirst_token_timeout_ms = 200\nidle_timeout_ms = 200\n[retry]\nbase_ms = 2\n',
  );
  try {
    await using simulator = await startSimulator();
    await using server = await ServerProcess.start({
      command: [
        '--expose-gc',
        '--import',
        fileURLToPath(new URL('survival/probe.js', import.meta.url)),
        ...BUILT,
      ],
      databaseFile,
      simulatorUrl: simulator.url,
      environment: { CONFIG_PATH: configFile },
    });
    const load = new SoakLoad(server.url, seeded(seed));
    const startedAt = performance.now();
    await load.play(Math.ceil(runs / 5), atOnce);
    const before = await holdings(server);
    await load.play(runs - load.tally.runs, atOnce);
    const after = await holdings(server);
    const seconds = Math.round((performance.now() - startedAt) / 1000);

    const { tally } = load;
    console.log(`${tally.runs} visits in ${seconds} s, of which ${tally.busy} found their chat busy`);
    console.log(`seen to their end: ${JSON.stringify(tally.ends)}`);
    console.table({ 'after a fifth': before, 'at the end': after });
    const wrong = [
      ...tally.faults.slice(0, 20),
      ...faultsIn(databaseFile),
      ...(leftOpen(databaseFile) > 0 ? ['runs were left open'] : []),
      ...(simulator.activeRequests > 0
        ? [`${simulator.activeRequests} requests of the provider were left open`]
        : []),
      ...grown(before, after),
    ];
    for (const each of wrong) console.log(each);
    return wrong.length === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** After the end of all runs, when idle connections are closed. */
async function holdings(server: ServerProcess): Promise<Holdings> {
  for (;;) {
    const { liveRuns } = await (await fetch(`${server.url}/readyz`)).json();
    if (liveRuns === 0) break;
    await sleep(50);
  }
  // Longer than the server keeps an idle connection (5 s, Node's default).
  await sleep(6_500);
  const answer = new Promise<{ heap: number; resources: string[] }>((resolve) =>
    server.child.once('message', (message) => resolve(Object(message))),
  );
  server.child.send('holdings');
  const { heap, resources } = await answer;
  return {
    heapMib: Math.round(heap / MIB),
    residentMib: Math.round(residentBytes(server.pid) / MIB),
    files: openFiles(server.pid),
    resources: resources.length,
  };
}

function grown(before: Holdings, after: Holdings): string[] {
  return Object.entries(ALLOWED).flatMap(([name, allowed]) => {
    const key = name as keyof typeof ALLOWED;
    const more = after[key] - before[key];
    return more > allowed ? [`${name} grew by ${more}`] : [];
  });
}
