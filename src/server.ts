import type { Config } from './config.ts';
import { createApp } from './http/app.ts';
import { type Listening, listen } from './http/listen.ts';
import { OriginPolicy } from './http/origins.ts';
import { createService, type ServiceParts } from './service.ts';

export interface Server extends AsyncDisposable {
  /** `http://127.0.0.1:3000` */
  readonly url: string;
  /** Null when a real provider is configured. */
  readonly simulatorUrl: string | null;
  /** Takes no new runs and lets live ones finish for `server.drain_ms`; then dispose of the server (RUN-10). */
  drain(): Promise<void>;
}

/**
 * The service with its ways in: HTTP and the WebSocket of those who watch. Whatever it opened is closed again when
 * starting fails, and when the server is disposed of; live runs are then settled as interrupted.
 */
export async function startServer(config: Config, parts: ServiceParts = {}): Promise<Server> {
  const service = await createService(config, parts);
  const { logger, models } = service;
  const origins = new OriginPolicy(config.server.allowedOrigins);
  const app = createApp({ ...service, origins, providers: () => models.breakers });
  const viewers = service.viewers(({ headers: { host, origin } }) => origins.check(host, origin));
  let listening: Listening | null = null;
  const closeAll = async () => {
    // Runs end, documents say so, readers and viewers hear it, and only then the sockets close.
    await service.end();
    await viewers[Symbol.asyncDispose]();
    await listening?.[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  };
  let closed: Promise<void> | null = null;
  const close = () => {
    closed ??= closeAll();
    return closed;
  };
  try {
    listening = await listen(app, viewers.upgrade, config.server);
  } catch (error) {
    await close();
    throw error;
  }
  const { url } = listening;
  const { provider, id: model } = models.resolve(undefined, {});
  logger.info({ url, provider, model, database: config.database.url }, 'listening');
  return {
    url,
    simulatorUrl: service.simulatorUrl,
    drain: () => service.drain(),
    [Symbol.asyncDispose]: close,
  };
}
