import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { launch } from './browser.ts';
import { buildPage } from './built-page.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';

/** A browser, and a server that can be killed, with a provider and a database that outlive it. */
export interface BrowserAndServer extends AsyncDisposable {
  browser: Browser;
  simulator: Simulator;
  server: ServerProcess;
  /** Has the database, `chat.db`. */
  folder: string;
}

export async function browserAndServer(): Promise<BrowserAndServer> {
  await buildPage();
  const folder = await mkdtemp(join(tmpdir(), 'llm-streaming-page-'));
  const [browser, simulator] = await Promise.all([launch(), startSimulator()]);
  const server = await serverProcess({
    DATABASE_URL: `file:${join(folder, 'chat.db')}`,
    AZURE_OPENAI_ENDPOINT: simulator.url,
    AZURE_OPENAI_API_KEY: 'test-key',
    AZURE_OPENAI_DEPLOYMENT_NAME: 'test-deployment',
  });
  const dispose = async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await simulator[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  return { browser, simulator, server, folder, [Symbol.asyncDispose]: dispose };
}
