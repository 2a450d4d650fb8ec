/**
 * Everything that the server is made of, without a web framework. The ways in are apart from it:
 * `llm-streaming-service/express`, `/fastify` and `/http`. docs/library.md has the smallest example of each part.
 */

// A service: chats and workspaces that are answered, stored, resumed and shown live.

export { type Config, ConfigError, type ConfigOverrides, configFrom, loadConfig } from './config.ts';
export { createLogger } from './logger.ts';
export { createService, type Service, type ServiceParts } from './service.ts';

// A model as a function, without chats and without a database.

export type * from './chat/llm-function.ts';
export { createLLMFunction, type LLMFunctionOptions } from './providers/llm-function.ts';

// Chats and files within a ShareDB document of an application.

export { type AIChat, performAIChat } from './documents/ai-chat.ts';
export {
  type AIEditing,
  type AIEditingResult,
  type EditingEvent,
  performAIEditing,
} from './documents/ai-editing.ts';
export type { DocumentChat, DocumentMessage, StreamingEvent } from './documents/chat-object.ts';
export {
  addUserMessage,
  ensureChatExists,
  ensureChatsExist,
  setAIStatus,
  updateStreamingStatus,
} from './documents/chat-operations.ts';
export type { Failure } from './documents/message-writer.ts';
export type { FilesDoc } from './documents/own-files.ts';
export { validateRequest } from './documents/request.ts';
export type { SharedDoc } from './documents/shared-doc.ts';
export {
  addStreamingEvent,
  createStreamingAIMessage,
  finalizeStreamingMessage,
  interruptStreams,
  type MessageEnd,
  type NewStreamingEvent,
  redactStreamingMessage,
} from './documents/streaming-operations.ts';

// Chats.

export { asMarkdown, collectChat } from './chat/export.ts';
export {
  type ChangeListener,
  ChatService,
  type ChatSettings,
  type PromptObserver,
  type RequestContext,
  type TurnListener,
} from './chat/service.ts';
export type * from './chat/store.ts';
export { countTokens } from './chat/tokens.ts';
export { type UsageStore, usageReport } from './chat/usage.ts';
export { type ChatView, viewChat } from './chat/view.ts';

// Workspaces: files that people and a model edit together.

export { WorkspaceService } from './editing/service.ts';
export type * from './editing/store.ts';
export type { WorkspaceDocument, WorkspaceFile, WorkspaceLimits } from './editing/workspace.ts';

// Validation of requests.

export {
  chatIdSchema,
  type Edit,
  editSchema,
  type Generation,
  optionsSchema,
  parseEdit,
  parseQuestion,
  parseRegeneration,
  type Question,
  type QuestionBody,
  type QuestionLimits,
  questionSchema,
  type Regeneration,
  regenerationSchema,
} from './chat/question.ts';

// Models, and who provides them.

export type * from './chat/models.ts';
export { anthropic } from './providers/anthropic.ts';
export { type AzureSettings, azure } from './providers/azure.ts';
export { Catalogue } from './providers/catalogue.ts';
export { type AttemptClocks, withClocks, withTotalClock } from './providers/clocks.ts';
export { connect } from './providers/connect.ts';
export { type Candidate, withFallbacks } from './providers/fallback.ts';
export { gemini } from './providers/gemini.ts';
export { ollama } from './providers/ollama.ts';
export { type KeyedSettings, openai } from './providers/openai.ts';
export { openrouter } from './providers/openrouter.ts';
export type { Delivery, Provider } from './providers/provider.ts';
export { type RetrySettings, withRetry } from './providers/retry.ts';
export { simulated } from './providers/simulated.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator/server.ts';

// The run log.

export type { Entry, ReadonlyEntries } from './runs/entries.ts';
export type * from './runs/events.ts';
export { isRemark, isTerminal } from './runs/events.ts';
export { eventsOf } from './runs/iterate.ts';
export { LogReader, RunLog } from './runs/log.ts';
export type * from './runs/producer.ts';
export { type OnDisconnect, Run, type RunSettings } from './runs/run.ts';
export {
  type Followable,
  type RunListener,
  Runs,
  type RunsSettings,
  type SettlementListener,
} from './runs/runs.ts';
export type * from './runs/store.ts';

// The database.

export { type Database, openDatabase } from './store/database.ts';
export { DatabaseError } from './store/database-error.ts';

// Live documents.

export type { ChatDocument, MirroredMessage } from './mirror/chat-document.ts';
export { Mirror, type MirrorSettings } from './mirror/mirror.ts';
export { type Admission, SOCKET_LIMITS, type SocketLimits, Viewers } from './mirror/viewers.ts';

// Server-Sent Events: a run as a stream for whoever asks, in any protocol; and our API's routes.

export { apiRoutes } from './http/api-routes.ts';
export { type HttpSettings, httpSettings, type RouteContext } from './http/context.ts';
export { edit as editProtocol } from './http/edit.ts';
export { eventSource as eventSourceProtocol } from './http/eventsource/encoder.ts';
export { follow, wishOf } from './http/follow.ts';
export { frame } from './http/frame.ts';
export { native as nativeProtocol } from './http/native.ts';
export { openai as openaiProtocol } from './http/openai/encoder.ts';
export { OriginPolicy } from './http/origins.ts';
export type { EncodableEvent, Encoder, WireProtocol } from './http/protocol.ts';
export { type ErrorReport, reportError } from './http/report.ts';
export type { Answer, Call, Exchange, Method, Route } from './http/route.ts';
export { streamRun } from './http/stream.ts';
export { ui as uiProtocol } from './http/ui/encoder.ts';

// Errors.

export * from './errors.ts';
