import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { Access } from './auth/access.ts';
import { AdminAccess } from './auth/admin-access.ts';
import type { Authenticate } from './auth/authenticate.ts';
import { Credentials } from './auth/credentials.ts';
import { Gate } from './auth/gate.ts';
import { ShareAdministration } from './auth/shares/share-administration.ts';
import { ChatEvents } from './chat/chat-events.ts';
import { ChatService } from './chat/service.ts';
import type { DatabaseCondition } from './chat/store.ts';
import { countTokens } from './chat/tokens.ts';
import type { Config } from './config.ts';
import { watchDatabase } from './database-watch.ts';
import { FileFolder, FOLDER_SUFFIX } from './files/file-folder.ts';
import { Files } from './files/files.ts';
import { hourly } from './hourly.ts';
import { httpSettings, type RouteContext } from './http/context.ts';
import { requireSameOrigin } from './http/origins/same-origin.ts';
import { createLogger } from './logger.ts';
import { Mirror } from './mirror/mirror.ts';
import { logPrompt } from './prompt-log.ts';
import { Catalogue } from './providers/catalogue.ts';
import { connect } from './providers/connect.ts';
import type { Provider } from './providers/provider.ts';
import { simulated } from './providers/simulated.ts';
import { recover } from './runs/recovery.ts';
import { Runs } from './runs/runs.ts';
import { ShareDbBackend } from './sharedb/backend.ts';
import { messageBytesFor, SOCKET_LIMITS, Viewers } from './sharedb/sockets/viewers.ts';
import { startSimulator } from './simulator/server.ts';
import { openDatabase } from './store/database.ts';
import { DatabaseError } from './store/opening/database-error.ts';
import { SharedWorkspaces } from './workspaces/documents/shared-workspaces.ts';
import { WorkspaceService } from './workspaces/service.ts';

/** Long enough for an operator to free disk space, short enough for readers to wait. */
const SETTLE_RETRY_MS = 10_000;

/** CHAT-8: idempotency keys are kept for a day. They and expired sessions are deleted every hour. */
const KEY_LIFE_MS = 24 * 60 * 60 * 1000;

/** Replacements for parts that the configuration would create. */
export interface ServiceParts {
  /** Default: JSON lines on stdout at `logging.level`. */
  logger?: Logger;
  /** Default: the configured providers, or without any the simulator. */
  providers?: readonly Provider[];
  /** How long storing a result is retried before readers get `storage_failed`. In ms; default 10,000. */
  settleRetryMs?: number;
  /** Says who sent a request, in place of the configured methods; for all adapters and the WebSocket (AUTH-11). */
  authenticate?: Authenticate;
}

/** The whole service without endpoints. */
export interface Service extends RouteContext, AsyncDisposable {
  readonly config: Config;
  readonly models: Catalogue;
  readonly sharedb: ShareDbBackend;
  readonly mirror: Mirror;
  /**
   * Accepts viewers with ShareDB's client at `/sharedb`: `server.on('upgrade', viewers.upgrade)`. Each of them is
   * authenticated; before that, `admission` throws to refuse one. The caller disposes of it, after `end` and before the
   * service. Throws when nobody would be authenticated, and the configuration does not say that this is wanted
   * (AUTH-11).
   */
  viewers(admission: (request: IncomingMessage) => void): Viewers;
  /** Null when a real provider answers. */
  readonly simulatorUrl: string | null;
  /** Resolves if the database can be read and written. Throws StorageError. */
  ping(): Promise<void>;
  /** The same as a description, for `/readyz`. */
  condition(): Promise<DatabaseCondition>;
  /** Refuses new runs and lets live ones finish for `server.drain_ms`; dispose of the service afterwards (RUN-10). */
  drain(): Promise<void>;
  /** Ends live runs as interrupted; resolves when database and live documents are updated. Disposing does this, too. */
  end(): Promise<void>;
}

/**
 * Opens the database of the configuration, settles runs that a crash interrupted, and connects all parts. `config`:
 * `loadConfig()` for that of the environment, or `configFrom({ … })`. If this fails, everything that was opened is
 * closed; disposing of the service closes it in reverse order.
 *
 * Throws DatabaseError (another process uses the file, or it cannot be read) and ConfigError (no such model).
 */
export async function createService(config: Config, parts: ServiceParts = {}): Promise<Service> {
  const closing: Array<() => unknown> = [];
  const close = async () => {
    for (let work = closing.pop(); work; work = closing.pop()) await work();
  };
  const opened = <Resource extends AsyncDisposable>(resource: Resource): Resource => {
    closing.push(() => resource[Symbol.asyncDispose]());
    return resource;
  };
  try {
    const logger = parts.logger ?? createLogger(config);
    const settings = httpSettings(config);
    const { revealing } = settings;
    const { chat, stream, limits } = config;

    const database = opened(await openDatabase(config.database.url, { maxBytes: limits.databaseBytes }));
    closing.push(watchDatabase(database, logger));
    const forgetOld = async () => {
      await database.chats.forgetKeys(new Date(Date.now() - KEY_LIFE_MS));
      await database.sessions.removeExpired(new Date());
    };
    await forgetOld();
    closing.push(hourly(forgetOld, 'old idempotency keys and sessions could not be removed', logger));

    const connected = parts.providers ?? (await connect(config));
    const simulator = connected.length === 0 ? opened(await startSimulator({ keep: 0 })) : null;
    const models = new Catalogue(simulator ? [simulated(simulator.url)] : connected, config, logger);

    const events = new ChatEvents(logger);
    events.observe({ promptBuilt: logPrompt(logger, config.logging.logContent) });
    const runs = opened(
      new Runs(
        database.runs,
        {
          answerChars: limits.answerChars,
          progressEvery: stream.progressEvery,
          checkpointMs: stream.checkpointMs,
          liveRuns: limits.liveRuns,
          liveRunsPerUser: limits.liveRunsPerUser,
          settleRetryMs: parts.settleRetryMs ?? SETTLE_RETRY_MS,
          revealing,
          countTokens,
        },
        logger,
        events,
      ),
    );
    const credentials = await Credentials.open(
      config,
      database,
      { requireSameOrigin, own: parts.authenticate },
      logger,
    );
    closing.push(() => credentials[Symbol.dispose]());
    const folder = folderOfFiles(database.file + FOLDER_SUFFIX);
    const files = new Files(folder, database.files, credentials.audit, config.files);
    closing.push(
      hourly((signal) => files.collect(new Date(), signal), 'files could not be collected', logger),
    );
    const access = new Access(
      {
        async ownerOf(resource, id) {
          if (resource !== 'run') return database.owners.ownerOf(resource, id);
          // Where a run is asked for, the id of the chat that it answers is taken, too.
          const live = runs.get(id)?.description.ownerId;
          return (
            live ?? (await database.owners.ownerOf('run', id)) ?? (await database.owners.ownerOf('chat', id))
          );
        },
      },
      new AdminAccess(credentials.audit),
    );
    const chats = new ChatService(
      { store: database.chats, runs, models, access, events },
      { ...chat, onDisconnect: stream.onDisconnect, countTokens },
    );
    const gate = new Gate(access, credentials.authenticate, credentials.connections, config.auth.open);
    const sharedb = opened(new ShareDbBackend(database.documents, config.mirror, logger));
    const mirror = opened(
      new Mirror({ sharedb, source: database.chats, runs, access }, config.mirror, logger),
    );
    const documents = new SharedWorkspaces(sharedb, access, config.workspaces, () =>
      database.sizeLimit.hasRoom(),
    );
    const workspaces = opened(
      new WorkspaceService({
        store: database.workspaces,
        documents,
        chats,
        access,
        runs,
        settings: { ...config.workspaces, flushMs: config.mirror.flushMs, countTokens },
        logger,
      }),
    );
    const recovered = await recover(database.runs, { countTokens, revealing }, (runId) =>
      workspaces.recover(runId),
    );
    const edits = await workspaces.recoverRest();
    if (recovered + edits > 0)
      logger.warn({ recovered, edits }, 'settled runs that were cut off when the server last stopped');
    closing.push(events.observe(mirror));
    const end = async () => {
      await runs[Symbol.asyncDispose]();
      await mirror.settled();
    };
    // The first step of closing: runs end, and documents are updated.
    closing.push(end);
    if (simulator) logger.warn('no credentials are configured: answers come from the built-in simulator');
    return {
      config,
      settings,
      logger,
      gate,
      addresses: credentials.addresses,
      keys: credentials.keys,
      signIn: credentials.signIn,
      audit: credentials.audit,
      tickets: credentials.tickets,
      shareHolders: credentials.shareHolders,
      shares: new ShareAdministration(database.shares, database.owners, credentials.audit),
      chats,
      models,
      store: database.chats,
      usage: database.usage,
      workspaces,
      files,
      runs,
      sharedb,
      mirror,
      viewers: (admission) => {
        gate.requirePurpose();
        return new Viewers(
          (stream) => {
            stream.once(
              'close',
              gate.opened(stream.principal, () => stream.destroy(endOfCredential())),
            );
            sharedb.listen(stream);
          },
          async (request) => {
            admission(request);
            return gate.identify(request);
          },
          {
            ...SOCKET_LIMITS,
            connectionsPerAddress: config.mirror.viewersPerAddress,
            addressOf: (request) => credentials.addresses.of(request),
            messageBytes: messageBytesFor(config.workspaces.opChars),
          },
          logger,
        );
      },
      simulatorUrl: simulator?.url ?? null,
      ping: () => database.ping(),
      condition: () => database.condition(),
      drain: () => runs.drain(config.server.drainMs),
      end,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function folderOfFiles(path: string): FileFolder {
  try {
    return new FileFolder(path);
  } catch (error) {
    throw DatabaseError.from(path, error);
  }
}

/** Tells the stream of a viewer with which code to close its socket, when its credential is not valid any more. */
function endOfCredential(): Error {
  return Object.assign(new Error('The credential is not valid any more.'), {
    closeCode: 4401,
    closeReason: 'unauthenticated',
  });
}
