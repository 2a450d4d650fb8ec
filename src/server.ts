import type { Logger } from 'pino';
import { ChatService } from './chat/service.ts';
import { countTokens } from './chat/tokens.ts';
import type { Config } from './config.ts';
import { WorkspaceService } from './editing/service.ts';
import { createApp } from './http/app.ts';
import { listen } from './http/listen.ts';
import { OriginPolicy } from './http/origins.ts';
import { createLogger } from './logger.ts';
import { Mirror } from './mirror/mirror.ts';
import { messageBytesFor, SOCKET_LIMITS, Viewers } from './mirror/viewers.ts';
import { logPrompt } from './prompt-log.ts';
import { Catalogue } from './providers/catalogue.ts';
import { connect } from './providers/connect.ts';
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

export interface Server extends AsyncDisposable {
  /** `http://127.0.0.1:3000` */
  readonly url: string;
  /** Null when a real provider is configured. */
  readonly simulatorUrl: string | null;
  /** Takes no new runs and lets live ones finish for `server.drain_ms`; then dispose of the server (RUN-10). */
  drain(): Promise<void>;
}

export interface Overrides {
  logger?: Logger;
  /** How long the end of a run is tried to be stored before its readers are told that storage failed; ms. */
  settleRetryMs?: number;
}

/**
 * The composition root, the only place that knows everybody. Whatever it opened is closed again when starting fails, and
 * in reverse order when the server is disposed of. Live runs are then settled as interrupted.
 */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<Server> {
  const closing: Array<() => unknown> = [];
  const close = async () => {
    for (let work = closing.pop(); work; work = closing.pop()) await work();
  };
  const opened = <Resource extends AsyncDisposable>(resource: Resource): Resource => {
    closing.push(() => resource[Symbol.asyncDispose]());
    return resource;
  };
  try {
    const logger = overrides.logger ?? createLogger(config);
    const revealing = config.environment !== 'production';
    const { chat, stream, limits } = config;

    const database = opened(await openDatabase(config.database.url));
    const forgetKeys = () => database.chats.forgetKeys(new Date(Date.now() - KEY_LIFE_MS));
    await forgetKeys();
    const sweep = setInterval(
      () => forgetKeys().catch((err: unknown) => logger.error({ err }, 'key sweep failed')),
      KEY_SWEEP_MS,
    );
    closing.push(() => clearInterval(sweep));

    const connected = await connect(config);
    const simulator = connected.length === 0 ? opened(await startSimulator()) : null;
    const models = new Catalogue(simulator ? [simulated(simulator.url)] : connected, config, logger);

    const runs = opened(
      new Runs(
        database.runs,
        {
          answerChars: limits.answerChars,
          progressEvery: stream.progressEvery,
          checkpointMs: stream.checkpointMs,
          settleRetryMs: overrides.settleRetryMs ?? SETTLE_RETRY_MS,
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

    const origins = new OriginPolicy(config.server.allowedOrigins);
    const app = createApp({
      settings: {
        revealing,
        bodyBytes: limits.bodyBytes,
        heartbeatMs: stream.heartbeatMs,
        question: limits,
        workspaces: config.workspaces,
        timeouts: {
          firstTokenMs: stream.firstTokenTimeoutMs,
          idleMs: stream.idleTimeoutMs,
          totalMs: stream.totalTimeoutMs || null,
        },
      },
      logger,
      origins,
      chats,
      models,
      store: database.chats,
      usage: database.usage,
      workspaces,
      runs,
      providers: () => models.breakers,
      ping: () => database.ping(),
    });
    const viewers = new Viewers(
      (stream) => mirror.listen(stream),
      ({ headers: { host, origin } }) => origins.check(host, origin),
      { ...SOCKET_LIMITS, messageBytes: messageBytesFor(config.workspaces.opChars) },
      logger,
    );
    const { url } = opened(await listen(app, viewers.upgrade, config.server));
    // When closing: runs end, documents say so, viewers hear it, and only then the sockets close.
    opened(viewers);
    closing.push(() => mirror.settled());
    // Again, to be the first when closing: readers get their terminal before the sockets close.
    opened(runs);
    const defaultModel = models.resolve(undefined, {});
    logger.info(
      { url, provider: defaultModel.provider, model: defaultModel.id, database: config.database.url },
      'listening',
    );
    if (simulator) logger.warn('no credentials are configured: answers come from the built-in simulator');
    return {
      url,
      simulatorUrl: simulator?.url ?? null,
      drain: () => runs.drain(config.server.drainMs),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
