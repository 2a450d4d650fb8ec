export type { ErrorCode, ErrorDetail } from '../wire/error-codes.ts';
export {
  type CompleteEvent,
  type ContentEvent,
  type EditReport,
  type ErrorEvent,
  type FileChange,
  type FileCompleteEvent,
  type FileDeleteEvent,
  type FileEvent,
  type FileStartEvent,
  type FinishReason,
  isTerminal,
  type ProgressEvent,
  type ReasoningEvent,
  type RedactEvent,
  type RunEvent,
  type StartEvent,
  type StatusEvent,
  type StatusUpdateEvent,
  type StopCause,
  type StoppedEvent,
  type TerminalEvent,
  type Totals,
  type Usage,
} from '../wire/events.ts';
export type { Aliveness, Readiness } from '../wire/health.ts';
export type * from '../wire/messages.ts';
export type { Catalogue, ListedModel as Model, Timeouts } from '../wire/models.ts';
export type * from '../wire/requests.ts';
export type { LiveRun, RunView as RunDescription } from '../wire/runs.ts';
export type { RunUsage, TokenTotals, UsageReport, UsageTotals } from '../wire/usage.ts';
export type {
  WorkspaceEdit,
  WorkspaceFile,
  WorkspaceList,
  WorkspaceSummary,
  WorkspaceView,
} from '../wire/workspaces.ts';
export type * from './chats.ts';
export {
  type BeginOptions,
  type ChatClient,
  type ChatClientOptions,
  createChatClient,
  type UsageOptions,
} from './client.ts';
export type { AuthSource } from './credential.ts';
export { ChatClientError, type ClientErrorCode } from './errors.ts';
export type { ClientEvent, CutEvent } from './events.ts';
export type { HeadersSource } from './http.ts';
export type { LiveEvents, LiveEventsOptions } from './live/live-events.ts';
export type { LiveSocket, LiveSocketOptions, LiveState } from './live/live-socket.ts';
export type { ConnectionState } from './run/connection.ts';
export type { ReconnectOptions } from './run/reconnect-backoff.ts';
export type { RunCallbacks } from './run/run-callbacks.ts';
export type { RunHandle, RunOptions } from './run/run-handle.ts';
export type { Progress } from './run/run-stream.ts';
export type { ChatMessage, EditedFile } from './session/chat-message.ts';
export { ChatSession } from './session/chat-session.ts';
export type {
  Answerer,
  Answering,
  ChatSnapshot,
  FailedStep,
  UnsentQuestion,
} from './session/chat-snapshot.ts';
export type {
  AnswerEnd,
  SessionCallbacks,
  SessionOptions,
  SessionRequest,
} from './session/session-options.ts';
export { EventTooLongError, type SseMessage, SseParser } from './sse/parser.ts';
export type { AddressOptions, ShareAccess } from './tickets.ts';
