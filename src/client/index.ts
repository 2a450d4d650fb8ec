export type { RunCallbacks } from './callbacks.ts';
export type * from './chats.ts';
export {
  type BeginOptions,
  type ChatClient,
  type ChatClientOptions,
  createChatClient,
} from './client.ts';
export type { ConnectionState } from './connection.ts';
export { ChatClientError, type ClientErrorCode, type ErrorDetail } from './errors.ts';
export type * from './events.ts';
export { isTerminal } from './events.ts';
export type { RunHandle, RunOptions } from './handle.ts';
export type { HeadersSource } from './http.ts';
export type { Catalogue, Model, Timeouts } from './models.ts';
export { EventTooLongError, type SseMessage, SseParser } from './parser.ts';
export type { ReconnectOptions } from './patience.ts';
export type * from './requests.ts';
export type { Progress } from './run-stream.ts';
export { ChatSession, type SessionOptions, type SessionRequest } from './session.ts';
export type { ChatMessage, ChatSnapshot } from './snapshot.ts';
export type {
  WorkspaceEdit,
  WorkspaceFile,
  WorkspaceList,
  WorkspaceSummary,
  WorkspaceView,
} from './workspaces.ts';
