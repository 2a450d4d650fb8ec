import type { Logger } from 'pino';
import type { Models } from '../chat/models.ts';
import type { QuestionLimits } from '../chat/question.ts';
import type { ChatService } from '../chat/service.ts';
import type { ChatStore } from '../chat/store.ts';
import type { UsageStore } from '../chat/usage.ts';
import type { Config } from '../config.ts';
import type { WorkspaceService } from '../editing/service.ts';
import type { WorkspaceLimits } from '../editing/workspace.ts';
import type { Runs } from '../runs/runs.ts';
import type { OriginPolicy } from './origins.ts';

export interface HttpSettings {
  /** Clients may see details of failures: not in production. */
  revealing: boolean;
  bodyBytes: number;
  heartbeatMs: number;
  question: QuestionLimits;
  workspaces: WorkspaceLimits;
  timeouts: Timeouts;
}

/** How long a provider may keep people waiting (RUN-9), in ms. */
export interface Timeouts {
  /** From a request to the first text; of one attempt. */
  firstTokenMs: number;
  /** Between two pieces of text. */
  idleMs: number;
  /** Of all attempts together; null: without bound. */
  totalMs: number | null;
}

/** What of the configuration the routes go by. */
export function httpSettings({ environment, stream, limits, workspaces }: Config): HttpSettings {
  return {
    revealing: environment !== 'production',
    bodyBytes: limits.bodyBytes,
    heartbeatMs: stream.heartbeatMs,
    question: limits,
    workspaces,
    timeouts: {
      firstTokenMs: stream.firstTokenTimeoutMs,
      idleMs: stream.idleTimeoutMs,
      totalMs: stream.totalTimeoutMs || null,
    },
  };
}

/** What the routes are made of, in whatever framework. */
export interface RouteContext {
  settings: HttpSettings;
  logger: Logger;
  chats: ChatService;
  models: Models;
  store: ChatStore;
  usage: UsageStore;
  workspaces: WorkspaceService;
  runs: Runs;
}

/** What our own server is made of. */
export interface HttpContext extends RouteContext {
  origins: OriginPolicy;
  /** Whether each provider is asked at the moment: `closed`, `open` (it fails too often), or `half_open` (on trial). */
  providers(): Readonly<Record<string, string>>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
}
