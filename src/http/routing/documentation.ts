import type { z } from 'zod';

/** What the OpenAPI document has of a route beside what follows from its declaration. */
export interface Documentation {
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** Headers that a client may send, by name. */
  readonly headers?: ReadonlyArray<keyof typeof REQUEST_HEADERS>;
  /** By status. Errors need not be listed: all of them have one shape. */
  readonly replies: Readonly<Record<number, Reply>>;
  readonly examples: readonly Example[];
}

type Tag =
  | 'Chats'
  | 'Workspaces'
  | 'Runs'
  | 'Models'
  | 'Keys'
  | 'Shares'
  | 'Files'
  | 'Tickets'
  | 'OpenAI'
  | 'EventSource'
  | 'Operation';

/** A schema that has a name of its own in the document. */
export interface NamedSchema {
  readonly name: string;
  readonly schema: z.ZodType;
}

export interface Reply {
  readonly description: string;
  /** Any of these. Absent: there is no body, or its media type is not JSON. */
  readonly schemas?: readonly NamedSchema[];
  /** Of a body that is not JSON. */
  readonly mediaType?: string;
}

/** A request that can be sent as it is, in the order of the document, to a server that has the chat of the examples. */
export interface Example {
  readonly name: string;
  readonly status: number;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export const REQUEST_HEADERS = {
  'Idempotency-Key':
    'A repeat with the same key follows the first run instead of starting another; kept for 24 hours.',
  'Last-Event-ID': 'The id of the last event that was received; the stream goes on after it.',
  'X-Chat-Id': 'The chat to go on in. Absent: the request is a chat of its own.',
} as const;

/** A reply in JSON. */
export function jsonReply(description: string, name: string, schema: z.ZodType): Reply {
  return { description, schemas: [{ name, schema }] };
}

export const EVENT_STREAM_REPLY: Reply = {
  description: 'Server-Sent Events, until one terminal event.',
  mediaType: 'text/event-stream',
};

/** The chat that every example is about. */
export const EXAMPLE_CHAT = 'example-chat';

/** Placeholder for the id of a run of the example chat; whoever sends the examples replaces it by a real one. */
export const EXAMPLE_RUN = '00000000-0000-4000-8000-000000000000';

/** Placeholder for the id of a file, in the same way. */
export const EXAMPLE_FILE = '00000000-0000-7000-8000-000000000001';

/** Placeholder for the id of a workspace, in the same way. */
export const EXAMPLE_WORKSPACE = '00000000-0000-7000-8000-000000000000';
