import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '../../src/simulator/server.ts';
import { startFaultyProvider } from './faulty-provider.ts';
import { SHAPES, type Shape } from './hostile-shapes.ts';
import { ServerProcess } from './server-process.ts';
import { type Seen, watched } from './watch.ts';

const SETTINGS = `[stream]
first_token_timeout_ms = 2000
idle_timeout_ms = 2000
total_timeout_ms = 20000
[retry]
attempts = 2
base_ms = 2
`;

export interface Figures extends Seen {
  shape: string;
  /** Null: the rule was kept. */
  fault: string | null;
}

export interface HostilityOptions {
  /** Arguments of Node that start the server. */
  command: readonly string[];
  /** See `Target`. */
  scale: number;
  shapes?: readonly Shape[];
  report?: (figures: Figures) => void;
}

/** Runs all attacks against one server, one after the other, and measures their effect. Rejects if the server ends. */
export async function runAttacks({
  command,
  scale,
  shapes = SHAPES,
  report,
}: HostilityOptions): Promise<Figures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-attacks-'));
  const configFile = join(folder, 'config.toml');
  await writeFile(configFile, SETTINGS);
  try {
    await using simulator = await startSimulator({ keep: 0, script: { delayMs: 0, firstDelayMs: 0 } });
    await using faulty = await startFaultyProvider();
    await using server = await ServerProcess.start({
      command,
      databaseFile: join(folder, 'chat.db'),
      simulatorUrl: simulator.url,
      environment: { CONFIG_PATH: configFile, OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: faulty.url },
    });
    const ended = server.exited.then(({ code, signal }): never => {
      throw new Error(
        `the server ended (code ${code}, signal ${signal}): ${server.errorOutput.slice(-2_000)}`,
      );
    });
    ended.catch(() => {});
    const all: Figures[] = [];
    for (const shape of shapes) {
      let fault: string | null = null;
      const attack = async () => {
        try {
          await shape.attack({ url: server.url, simulator, scale });
        } catch (error) {
          fault = String(error);
        }
      };
      const seen = await Promise.race([watched(server.url, server.pid, attack), ended]);
      const figures = { shape: shape.name, ...seen, fault };
      all.push(figures);
      report?.(figures);
    }
    return all;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
