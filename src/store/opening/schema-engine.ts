import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as binding from '@prisma/schema-engine-wasm/schema_engine_bg';

type MigrationList = binding.MigrationList;
type DiffTarget = binding.DiffTarget;

let instantiated: Promise<void> | undefined;

/**
 * Prisma's schema engine, in WebAssembly. `prisma migrate` downloads a binary at its first use, which fails where
 * Prisma's host cannot be reached; this one comes with the packages. It compares migrations with the schema, writes new
 * ones, and tells whether Prisma's own commands would accept a database. The server does not use it.
 */
export class SchemaEngine implements AsyncDisposable {
  readonly #engine: binding.SchemaEngine;
  readonly #connections: SqlDriverAdapter[];

  private constructor(engine: binding.SchemaEngine, connections: SqlDriverAdapter[]) {
    this.#engine = engine;
    this.#connections = connections;
  }

  /** `databaseUrl`: `file:…` or `:memory:`. `schema`: the text of schema.prisma. */
  static async open(databaseUrl: string, schema: string): Promise<SchemaEngine> {
    instantiated ??= instantiate();
    await instantiated;
    const factory = new PrismaBetterSqlite3({ url: databaseUrl });
    // The engine never closes its connections, and an open connection keeps SQLite from changing the journal mode.
    const connections: SqlDriverAdapter[] = [];
    const track = async (connecting: Promise<SqlDriverAdapter>) => {
      const connection = await connecting;
      connections.push(connection);
      return connection;
    };
    const tracking: SqlMigrationAwareDriverAdapterFactory = {
      provider: factory.provider,
      adapterName: factory.adapterName,
      connect: () => track(factory.connect()),
      connectToShadowDb: async () => runningScripts(await track(factory.connectToShadowDb())),
    };
    const engine = await binding.SchemaEngine.new(
      { datamodels: [['schema.prisma', schema]] },
      () => {},
      bindMigrationAwareSqlAdapterFactory(tracking),
    );
    return new SchemaEngine(engine, connections);
  }

  /** Applies missing migrations in order; returns their names. */
  async apply(migrationsList: MigrationList): Promise<string[]> {
    const output = await this.#engine.applyMigrations({ migrationsList, filters: NO_FILTERS });
    return output.appliedMigrationNames;
  }

  /** What `prisma migrate dev` would do first; `createMigration`: database and migrations agree. */
  async diagnose(migrationsList: MigrationList): Promise<string> {
    const { action } = await this.#engine.devDiagnostic({ migrationsList, filters: NO_FILTERS });
    return action.tag === 'reset' ? `reset: ${action.reason}` : action.tag;
  }

  /** The SQL that leads from one state to the other; empty when they are equal. */
  async difference(from: DiffTarget, to: DiffTarget): Promise<string> {
    const output = await this.#engine.diff({ from, to, script: true, exitCode: null, filters: NO_FILTERS });
    const script = output.stdout ?? '';
    return script.includes('This is an empty migration') ? '' : script;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#engine.free();
    for (const connection of this.#connections) await connection.dispose();
  }
}

/**
 * On its shadow database the engine runs a migration as one statement; SQLite's driver refuses several statements in
 * one, but accepts them as a script.
 */
function runningScripts(connection: SqlDriverAdapter): SqlDriverAdapter {
  const single = connection.executeRaw.bind(connection);
  connection.executeRaw = async (query) => {
    if (query.args.length > 0) return await single(query);
    await connection.executeScript(query.sql);
    return 0;
  };
  return connection;
}

const NO_FILTERS = { externalTables: [], externalEnums: [] };

async function instantiate(): Promise<void> {
  const file = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = readFileSync(file.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': { ...binding } });
  binding.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}
