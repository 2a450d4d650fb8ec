import type { Logger } from 'pino';
import type { Models } from '../chat/models.ts';
import type { QuestionLimits } from '../chat/question.ts';
import type { ChatService } from '../chat/service.ts';
import type { ChatStore } from '../chat/store.ts';
import type { UsageStore } from '../chat/usage.ts';
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
}

/** What the routes are made of. */
export interface HttpContext {
  settings: HttpSettings;
  logger: Logger;
  origins: OriginPolicy;
  chats: ChatService;
  models: Models;
  store: ChatStore;
  usage: UsageStore;
  workspaces: WorkspaceService;
  runs: Runs;
  /** Whether each provider is asked at the moment: `closed`, `open` (it fails too often), or `half_open` (on trial). */
  providers(): Readonly<Record<string, string>>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
}
