import { type Config, ConfigError } from './config.ts';
import { OriginPolicy } from './http/origins/origin-policy.ts';
import { createApp } from './http/server/app.ts';
import { type Listening, listen } from './http/server/listen.ts';
import { createService, type ServiceParts } from './service.ts';

export interface Server extends AsyncDisposable {
  /** `http://127.0.0.1:3000` */
  readonly url: string;
  /** Null when a real provider is configured. */
  readonly simulatorUrl: string | null;
  /** Refuses new runs and lets live ones finish for `server.drain_ms`; dispose of the server afterwards (RUN-10). */
  drain(): Promise<void>;
}

/** Not only this machine can reach it. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

/**
 * Without authentication, other machines are let in only on purpose (AUTH-1). That only this machine can reach the
 * server is a purpose, too. Throws ConfigError.
 */
function withPurpose(config: Config, { authenticate }: ServiceParts): Config {
  const { auth } = config;
  const { host } = config.server;
  if (auth.open || auth.methods.length > 0 || authenticate) return config;
  if (LOOPBACK.test(host)) return { ...config, auth: { ...auth, open: true } };
  throw new ConfigError(
    `server.host is ${host}, where everybody who reaches it could use this server: set auth.methods (AUTH_METHODS=keys), or auth.open = true (AUTH_OPEN=1) to allow that.`,
  );
}

/**
 * Starts the service with its endpoints: HTTP, and the WebSocket of viewers. Everything that was opened is closed when
 * starting fails, and when the server is disposed of; live runs then end as interrupted.
 */
export async function startServer(config: Config, parts: ServiceParts = {}): Promise<Server> {
  const { limits } = config;
  const service = await createService(withPurpose(config, parts), parts);
  const { logger, models } = service;
  const origins = new OriginPolicy(config.server.allowedOrigins);
  const app = createApp({ ...service, origins, providers: () => models.breakers });
  const viewers = service.viewers((request) => origins.admit(request));
  let listening: Listening | null = null;
  const closeAll = async () => {
    // In this order: runs end, documents are updated, readers and viewers get the end, sockets close.
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
    listening = await listen(app, viewers.upgrade, { ...config.server, headBytes: limits.headBytes }, logger);
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
