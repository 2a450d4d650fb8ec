/**
 * What an application needs: the service, models as functions, providers, documents of its own, and errors. No web
 * framework is behind it; the adapters are separate: `llm-streaming-service/express`, `/fastify` and `/http`.
 * docs/library.md has the smallest example of each part. `/internals` has the parts that a service is made of.
 */

// The service: chats and workspaces, stored, resumable and live.

export { type Config, ConfigError, type ConfigOverrides, configFrom, loadConfig } from './config.ts';
export type { HttpSettings, RouteContext } from './http/context.ts';
export type { ApiName } from './http/routes/table.ts';
export { createLogger } from './logger.ts';
export { createService, type Service, type ServiceParts } from './service.ts';

// Who sends a request.

export type { Authenticate } from './auth/authenticate.ts';
export { LOCAL, type Principal, type Scope } from './auth/principal.ts';
export type { Admission } from './sharedb/sockets/viewers.ts';
export { DatabaseError } from './store/opening/database-error.ts';

// A model as a function, without chats and without a database.

export type * from './chat/llm-function.ts';
export { createLLMFunction, type LLMFunctionOptions } from './providers/llm-function.ts';

// Chats and files in an application's own ShareDB document.

export { type AIChat, performAIChat } from './embedded/chats/ai-chat.ts';
export type { AnswerFunction, PlainAnswer } from './embedded/chats/answer-function.ts';
export type { DocumentChat, DocumentMessage, Failure, StreamingEvent } from './embedded/chats/chat-object.ts';
export {
  addUserMessage,
  ensureChatExists,
  ensureChatsExist,
  setAIStatus,
  updateStreamingStatus,
} from './embedded/chats/chat-operations.ts';
export { validateRequest } from './embedded/chats/request.ts';
export {
  addStreamingEvent,
  createStreamingAIMessage,
  finalizeStreamingMessage,
  interruptStreams,
  type MessageEnd,
  type NewStreamingEvent,
  redactStreamingMessage,
} from './embedded/chats/streaming-operations.ts';
export type { OtType, SharedDoc } from './embedded/document/shared-doc.ts';
export {
  type AIEditing,
  type AIEditingResult,
  type EditingEvent,
  performAIEditing,
} from './embedded/files/ai-editing.ts';
export type { FilesDoc } from './embedded/files/embedded-files.ts';

// Models and providers.

export type * from './chat/models.ts';
export { anthropic } from './providers/anthropic.ts';
export { type Candidate, withFallbacks } from './providers/attempts/fallback.ts';
export { type RetrySettings, withRetry } from './providers/attempts/retry.ts';
export { type AzureSettings, azure } from './providers/azure.ts';
export {
  gemini,
  type KeyedSettings,
  ollama,
  openai,
  openaiCompatible,
  openrouter,
} from './providers/openai-dialects.ts';
export type { Delivery, Provider } from './providers/provider.ts';
export { simulated } from './providers/simulated.ts';
export type * from './runs/producer.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator/server.ts';

// Events of an answer.

export type * from './wire/events.ts';
export { isTerminal, isTransient } from './wire/events.ts';

// Errors.

export * from './errors.ts';
