import type { Logger } from 'pino';
import { ChatService } from './chat/service.ts';
import { countTokens } from './chat/tokens.ts';
import type { Config } from './config.ts';
import { WorkspaceService } from './editing/service.ts';
import { httpSettings, type RouteContext } from './http/context.ts';
import { createLogger } from './logger.ts';
import { Mirror } from './mirror/mirror.ts';
import { type Admission, messageBytesFor, SOCKET_LIMITS, Viewers } from './mirror/viewers.ts';
import { logPrompt } from './prompt-log.ts';
import { Catalogue } from './providers/catalogue.ts';
import { connect } from './providers/connect.ts';
import type { Provider } from './providers/provider.ts';
import { simulated } from './providers/simulated.ts';
import { recover } from './runs/recovery.ts';
import { Runs } from './runs/runs.ts';
import { startSimulator } from './simulator/server.ts';
import { openDatabase } from './store/database.ts';

/** Long enough for somebody to make room on a full disk, short enough for a reader to wait. */
const SETTLE_RETRY_MS = 10_000;

/** CHAT-8: idempotency keys are kept for a day, and looked after every hour. */
const KEY_LIFE_MS = 24 * 60 * 60 * 1000;
const KEY_SWEEP_MS = 60 * 60 * 1000;

/** What takes the place of what the configuration would make. */
export interface ServiceParts {
  /** Default: JSON lines on stdout at `logging.level`. */
  logger?: Logger;
  /** Who answers. Default: everybody with credentials in the configuration, and without any the simulator. */
  providers?: readonly Provider[];
  /** How long the end of a run is tried to be stored before its readers are told that storage failed; ms, 10,000. */
  settleRetryMs?: number;
}

/** Chats that are answered, stored, resumed and shown live; everything but a way in. */
export interface Service extends RouteContext, AsyncDisposable {
  readonly config: Config;
  readonly models: Catalogue;
  readonly mirror: Mirror;
  /**
   * Takes in those who watch, with ShareDB's client at `/sharedb`: `server.on('upgrade', viewers.upgrade)`. `admission`
   * throws what keeps somebody out. To be disposed of by whoever asked for it, after `end` and before the service.
   */
  viewers(admission: Admission): Viewers;
  /** Null when a real provider answers. */
  readonly simulatorUrl: string | null;
  /** Resolves when the database answers. Throws StorageError. */
  ping(): Promise<void>;
  /** Takes no new runs and lets live ones finish for `server.drain_ms`; then dispose of the service (RUN-10). */
  drain(): Promise<void>;
  /** Settles live runs as interrupted; resolves when database and live documents say so. Disposing does it, too. */
  end(): Promise<void>;
}

/**
 * Opens the database that the configuration names, settles what a crash left, and puts everything together that answers
 * in chats. `config`: `loadConfig()`, as the environment says, or `configFrom({ … })`, as you say. Whatever was opened is
 * closed again when this fails, and in reverse order when the service is disposed of.
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

    const database = opened(await openDatabase(config.database.url));
    const forgetKeys = () => database.chats.forgetKeys(new Date(Date.now() - KEY_LIFE_MS));
    await forgetKeys();
    const sweep = setInterval(
      () => forgetKeys().catch((err: unknown) => logger.error({ err }, 'key sweep failed')),
      KEY_SWEEP_MS,
    );
    closing.push(() => clearInterval(sweep));

    const connected = parts.providers ?? (await connect(config));
    const simulator = connected.length === 0 ? opened(await startSimulator()) : null;
    const models = new Catalogue(simulator ? [simulated(simulator.url)] : connected, config, logger);

    const runs = opened(
      new Runs(
        database.runs,
        {
          answerChars: limits.answerChars,
          progressEvery: stream.progressEvery,
          checkpointMs: stream.checkpointMs,
          settleRetryMs: parts.settleRetryMs ?? SETTLE_RETRY_MS,
          revealing,
          countTokens,
        },
        logger,
      ),
    );
    const chats = new ChatService(
      database.chats,
      runs,
      models,
      { ...chat, onDisconnect: stream.onDisconnect, countTokens },
      logPrompt(logger, config.logging.logContent),
    );
    const mirror = opened(
      new Mirror(
        database.chatSource,
        database.documents,
        runs,
        { ...config.mirror, workspaces: config.workspaces },
        logger,
      ),
    );
    const workspaces = opened(
      new WorkspaceService(
        database.workspaces,
        mirror.workspaces,
        chats,
        runs,
        { ...config.workspaces, flushMs: config.mirror.flushMs, countTokens },
        logger,
      ),
    );
    const recovered = await recover(database.runs, { countTokens, revealing }, (runId) =>
      workspaces.recover(runId),
    );
    const edits = await workspaces.recoverRest();
    if (recovered + edits > 0)
      logger.warn({ recovered, edits }, 'settled runs that were cut off when the server last stopped');
    chats.onTurn((turn) => mirror.tookTurn(turn));
    chats.onChange((chatId, change) => {
      if (change !== 'superseded') void mirror.refresh(chatId);
    });
    const end = async () => {
      await runs[Symbol.asyncDispose]();
      await mirror.settled();
    };
    // The first thing when closing: runs end, and documents say so.
    closing.push(end);
    if (simulator) logger.warn('no credentials are configured: answers come from the built-in simulator');
    return {
      config,
      settings,
      logger,
      chats,
      models,
      store: database.chats,
      usage: database.usage,
      workspaces,
      runs,
      mirror,
      viewers: (admission) =>
        new Viewers(
          (stream) => mirror.listen(stream),
          admission,
          { ...SOCKET_LIMITS, messageBytes: messageBytesFor(config.workspaces.opChars) },
          logger,
        ),
      simulatorUrl: simulator?.url ?? null,
      ping: () => database.ping(),
      drain: () => runs.drain(config.server.drainMs),
      end,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
