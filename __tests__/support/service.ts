import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Logger } from 'pino';
import { type ConfigOverrides, configFrom } from '../../src/config.ts';
import { type Server, startServer } from '../../src/server.ts';
import type { ServiceParts } from '../../src/service.ts';
import type { Script } from '../../src/simulator/script.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';

export interface Service extends AsyncDisposable {
  url: string;
  server: Server;
  simulator: Simulator;
  databaseFile: string;
  /** Reads the database beside the server, as an operator would. */
  query<Row>(sql: string, ...parameters: unknown[]): Row[];
  /** Stops the server and starts it again on the same database; `meanwhile`: what happens to its file between. */
  restart(meanwhile?: () => void): Promise<void>;
}

export interface ServiceOptions {
  config?: ConfigOverrides;
  /** Beside the endpoint, which is the simulator's. Null: Azure is not configured. */
  azure?: { apiVersion?: string } | null;
  /** How the simulated Azure answers. Default: two tokens at once. */
  script?: Script;
  /** In place of the configured credentials. */
  authenticate?: ServiceParts['authenticate'];
  /** Default: the server's own, which is silent. */
  logger?: Logger;
}

/** A real server on a free port with a database of its own, on a simulated Azure that the test can direct. */
export async function startService({
  config = {},
  azure = {},
  script,
  authenticate,
  logger,
}: ServiceOptions = {}): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-streaming-service-'));
  const databaseFile = join(folder, 'chat.db');
  const simulator = await startSimulator({
    script: script ?? { chunks: ['Hello', ' there'], delayMs: 0, firstDelayMs: 0 },
  });
  const start = () =>
    startServer(
      configFrom({
        ...config,
        environment: config.environment ?? 'test',
        server: { port: 0, drainMs: 100, ...config.server },
        database: { url: `file:${databaseFile}` },
        retry: { attempts: 3, baseMs: 1, capMs: 20, ...config.retry },
        logging: { level: 'silent', ...config.logging },
        azure: azure && {
          endpoint: simulator.url,
          apiKey: 'test-key',
          deployment: 'test-deployment',
          apiVersion: '2024-10-21',
          ...azure,
        },
      }),
      { ...(authenticate ? { authenticate } : {}), ...(logger ? { logger } : {}) },
    );
  let server = await start();
  return {
    get url() {
      return server.url;
    },
    get server() {
      return server;
    },
    simulator,
    databaseFile,
    query<Row>(sql: string, ...parameters: unknown[]): Row[] {
      const database = new Database(databaseFile, { readonly: true });
      try {
        return database.prepare(sql).all(...parameters) as Row[];
      } finally {
        database.close();
      }
    },
    async restart(meanwhile) {
      await server[Symbol.asyncDispose]();
      meanwhile?.();
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await simulator[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
