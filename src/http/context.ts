import type { Logger } from 'pino';
import type { Audit } from '../auth/audit.ts';
import type { ClientAddresses } from '../auth/client-addresses.ts';
import type { Gate } from '../auth/gate.ts';
import type { KeyAdministration } from '../auth/keys/key-administration.ts';
import type { SignIn } from '../auth/sessions/sign-in.ts';
import type { ShareAdministration } from '../auth/shares/share-administration.ts';
import type { ShareHolders } from '../auth/shares/share-holders.ts';
import type { Tickets } from '../auth/tickets/tickets.ts';
import type { Models } from '../chat/models.ts';
import type { QuestionLimits } from '../chat/question.ts';
import type { ChatService } from '../chat/service.ts';
import type { ChatStore, DatabaseCondition } from '../chat/store.ts';
import type { UsageStore } from '../chat/usage-report.ts';
import type { Config } from '../config.ts';
import type { WorkspaceLimits } from '../editing/files.ts';
import type { Files } from '../files/files.ts';
import type { Runs } from '../runs/runs.ts';
import type { Timeouts } from '../wire/models.ts';
import type { WorkspaceService } from '../workspaces/service.ts';
import type { OriginPolicy } from './origins/origin-policy.ts';

export interface HttpSettings {
  /** Whether clients get the details of internal errors: not in production. */
  revealing: boolean;
  bodyBytes: number;
  heartbeatMs: number;
  question: QuestionLimits;
  workspaces: WorkspaceLimits;
  /** Where browsers have this server; '': where they say that they are. */
  publicOrigin: string;
  /** Of one uploaded file. */
  fileBytes: number;
  timeouts: Timeouts;
}

/** The part of the configuration that the routes use. */
export function httpSettings({
  environment,
  server,
  stream,
  limits,
  workspaces,
  files,
}: Config): HttpSettings {
  return {
    revealing: environment !== 'production',
    bodyBytes: limits.bodyBytes,
    heartbeatMs: stream.heartbeatMs,
    question: limits,
    workspaces,
    publicOrigin: server.publicOrigin,
    fileBytes: files.bytes,
    timeouts: {
      firstTokenMs: stream.firstTokenTimeoutMs,
      idleMs: stream.idleTimeoutMs,
      totalMs: stream.totalTimeoutMs || null,
    },
  };
}

/** What the routes use, in whatever framework. */
export interface RouteContext {
  settings: HttpSettings;
  logger: Logger;
  /** Who may come in, and do what. */
  gate: Gate;
  /** From which addresses requests come. */
  addresses: ClientAddresses;
  /** API keys. */
  keys: KeyAdministration;
  signIn: SignIn;
  audit: Audit;
  tickets: Tickets;
  /** Those who have the token of a share. */
  shareHolders: ShareHolders;
  shares: ShareAdministration;
  chats: ChatService;
  models: Models;
  store: ChatStore;
  usage: UsageStore;
  workspaces: WorkspaceService;
  files: Files;
  runs: Runs;
}

/** What the routes of our own server use. */
export interface HttpContext extends RouteContext {
  origins: OriginPolicy;
  /** State of each provider's circuit breaker: `closed`, `open` (it fails too often), or `half_open` (on trial). */
  providers(): Readonly<Record<string, string>>;
  /** Whether the database can be read, is the file that was opened, and stored the last write. */
  condition(): Promise<DatabaseCondition>;
}
