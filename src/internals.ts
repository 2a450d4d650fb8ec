/**
 * The parts that a service is made of, for programs that build on less than a service or change one of its parts.
 * May change in any release, unlike the main entry. No web framework is behind it, either.
 */

// Chats.

export { type ChatChange, ChatEvents, type ChatObserver } from './chat/chat-events.ts';
export { asMarkdown, collectChat } from './chat/export.ts';
export {
  ChatService,
  type ChatSettings,
  type RequestContext,
} from './chat/service.ts';
export type * from './chat/store.ts';
export { countTokens } from './chat/tokens.ts';
export { type UsageStore, usageReport } from './chat/usage-report.ts';
export { type ChatView, viewChat } from './chat/view.ts';

// Workspaces: files that users and a model edit together.

export type { WorkspaceDocument, WorkspaceLimits } from './editing/files.ts';
export type { WorkspaceFile } from './wire/workspaces.ts';
export { WorkspaceService } from './workspaces/service.ts';
export type * from './workspaces/store.ts';

// Validation of requests.

export type { Edit, GenerationOptions, Question, QuestionLimits, Regeneration } from './chat/question.ts';
export { chatIdSchema, optionsSchema } from './chat/question-fields.ts';
export {
  editSchema,
  parseEdit,
  parseQuestion,
  parseRegeneration,
  type QuestionBody,
  questionSchema,
  regenerationSchema,
} from './http/protocols/native/request.ts';

// Models and providers.

export { type AttemptClocks, withClocks, withTotalClock } from './providers/attempts/timeouts.ts';
export { Catalogue } from './providers/catalogue.ts';
export { connect } from './providers/connect.ts';

// The run log.

export type { Entry, ReadonlyEntries } from './runs/entries.ts';
export { eventsOf } from './runs/events-of.ts';
export type { Followable } from './runs/followable.ts';
export { type Answerer, Generation } from './runs/generation.ts';
export { RunLog } from './runs/log.ts';
export { LogReader } from './runs/log-reader.ts';
export type { RunObserver } from './runs/observer.ts';
export { type OnDisconnect, Run, type RunSettings } from './runs/run.ts';
export { Runs, type RunsSettings } from './runs/runs.ts';
export type * from './runs/store.ts';

// The database.

export { type Database, openDatabase } from './store/database.ts';

// Live documents.

export type { ChatDocument, MirroredMessage } from './mirror/chat-document.ts';
export { Mirror, type MirrorSettings } from './mirror/mirror.ts';
export { ShareDbBackend, type ShareDbSettings } from './sharedb/backend.ts';
export { SOCKET_LIMITS, type SocketLimits, Viewers } from './sharedb/sockets/viewers.ts';

// Server-Sent Events: a run as a stream in any protocol; and the routes of the API.

export { httpSettings } from './http/context.ts';
export { OriginPolicy } from './http/origins/origin-policy.ts';
export { edit as editProtocol } from './http/protocols/edit/encoder.ts';
export { eventSource as eventSourceProtocol } from './http/protocols/eventsource/encoder.ts';
export { native as nativeProtocol } from './http/protocols/native/encoder.ts';
export { openai as openaiProtocol } from './http/protocols/openai/encoder.ts';
export { ui as uiProtocol } from './http/protocols/ui/encoder.ts';
export { APIS } from './http/routes/table.ts';
export type { Exchange } from './http/routing/exchange.ts';
export { type ErrorReport, reportError } from './http/routing/report.ts';
export type { Call, Method, Needs, Route, RouteGroup } from './http/routing/route.ts';
export { follow, resumeOptions } from './http/streaming/follow.ts';
export { frame } from './http/streaming/frame.ts';
export type { EncodableEvent, Encoder, WireProtocol } from './http/streaming/protocol.ts';
export { streamRun } from './http/streaming/run-reader.ts';
