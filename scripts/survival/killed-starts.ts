import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/store/database.ts';
import { migrationNames } from '../../src/store/opening/migrations.ts';
import { type Durations, Opener } from './opener.ts';
import { copyFiles, faultsOf, makeDatabase } from './started-database.ts';

export interface KilledStartsOptions {
  /** Kills for each number of migrations that a database can have, from none to all. */
  killsEach: number;
  report?: (progress: string) => void;
}

export interface KilledStartsFigures {
  kills: number;
  /** Kills during the opening of the database; the others came a little late. */
  underWay: number;
  /** What was wrong with a database at its next start, in sentences. */
  faults: string[];
}

/**
 * Kills processes while they create, upgrade or clean up a database, at instants spread over the time of an undisturbed
 * start on this machine, and checks that the next start works and all data is there (STORE-6). Every second kill hits
 * the start after the first one, and every other database has a write-ahead log that a killed process left.
 */
export async function killedStarts({ killsEach, report }: KilledStartsOptions): Promise<KilledStartsFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-starts-'));
  const figures: KilledStartsFigures = { kills: 0, underWay: 0, faults: [] };
  // Always one ahead, which loads while a database is looked at.
  let next = Opener.start();
  const opener = () => {
    const ready = next;
    next = Opener.start();
    return ready;
  };
  try {
    for (let migrations = 0; migrations <= migrationNames().length; migrations += 1) {
      const undisturbed = join(folder, `${migrations}-undisturbed.db`);
      makeDatabase(undisturbed, migrations, false);
      const takes = await (await opener()).open(undisturbed);
      for (let kill = 0; kill < killsEach; kill += 1) {
        const file = join(folder, `${migrations}-${kill >> 1}.db`);
        if (kill % 2 === 0) makeDatabase(file, migrations, kill % 4 === 0);
        const delay = instant(takes, (kill + 0.5) / killsEach);
        const what = `from ${migrations} migrations, kill ${kill} after ${Math.round(delay)} ms`;
        try {
          if (await (await opener()).openUntil(file, delay)) figures.underWay += 1;
          figures.kills += 1;
          // On a copy: the next kill hits what this one left.
          const copy = join(folder, `${migrations}-${kill}-copy.db`);
          copyFiles(file, copy);
          const database = await openDatabase(`file:${copy}`);
          await database.ping();
          await database[Symbol.asyncDispose]();
          for (const fault of faultsOf(copy, migrations)) figures.faults.push(`${what}: ${fault}`);
        } catch (error) {
          figures.faults.push(`${what}: ${error}`);
        }
        report?.(`${figures.kills} kills, ${figures.underWay} in time, ${figures.faults.length} faults`);
      }
    }
    return figures;
  } finally {
    await (await next).end();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Two thirds of the kills come while the database is made or migrated, which may take longer than last time; the others
 * later.
 */
function instant({ migrated, opened }: Durations, part: number): number {
  const early = 2 / 3;
  return part < early ? 1.5 * migrated * (part / early) : opened * part;
}
