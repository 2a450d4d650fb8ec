import type { z } from 'zod';

/** One method of one route, as the document describes it. */
export interface Operation {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** `/api/chat/{chatId}` */
  path: string;
  tag: Tag;
  summary: string;
  description?: string;
  query?: z.ZodObject;
  /** What a client may send in its headers, by name. */
  headers?: ReadonlyArray<keyof typeof REQUEST_HEADERS>;
  body?: { schema: Named | readonly Named[]; required?: boolean };
  /** By status. Errors need not be listed: all of them have one shape. */
  replies: Readonly<Record<number, Reply>>;
  examples: readonly Example[];
}

export type Tag = 'Chats' | 'Workspaces' | 'Runs' | 'Models' | 'OpenAI' | 'EventSource' | 'Operation';

/** A schema that goes into the document under its own name. */
export interface Named {
  name: string;
  schema: z.ZodType;
}

export interface Reply {
  description: string;
  /** Absent: no body, or another media type than JSON. */
  schema?: Named | readonly Named[];
  /** Of a body that is not JSON. */
  mediaType?: string;
}

/** A request that can be sent as it is, to a server that has the chat of the examples. */
export interface Example {
  name: string;
  status: number;
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

export const REQUEST_HEADERS = {
  'Idempotency-Key':
    'A repeat with the same key follows the first run instead of starting another; kept for 24 hours.',
  'Last-Event-ID': 'The id of the last event that was received; the stream goes on after it.',
  'X-Chat-Id': 'The chat to go on in. Absent: the request is a chat of its own.',
} as const;

export const EVENT_STREAM_REPLY: Reply = {
  description: 'Server-Sent Events, until one terminal event.',
  mediaType: 'text/event-stream',
};

/** Stands for a workspace, which has another id each time. */
export const EXAMPLE_WORKSPACE = '00000000-0000-7000-8000-000000000000';

/** The chat that every example is about. */
export const EXAMPLE_CHAT = 'example-chat';
