/** How to answer. Absent: the model's or the server's default. */
export interface GenerationOptions {
  /** 0 to 2. */
  temperature?: number;
  /** 0 to 1. */
  topP?: number;
  maxOutputTokens?: number;
  stop?: string | string[];
  /** The answer has to fit a schema; `complete` says whether it does. */
  responseFormat?: ResponseFormat;
  /** What becomes of the run when its reader leaves. */
  onDisconnect?: 'continue' | 'cancel';
}

export interface ResponseFormat {
  type: 'json_schema';
  name?: string;
  /** A JSON Schema, or the name of one that the server knows. */
  schema: Readonly<Record<string, unknown>> | string;
}

interface Generation {
  model?: string;
  options?: GenerationOptions;
}

/** The body of POST /api/chat. */
export interface ChatRequest extends Generation {
  /** Absent: a new chat. */
  chatId?: string;
  /**
   * Rejects with `not_found` where `chatId` is unknown (deleted meanwhile, for example), instead of beginning a chat of
   * that id.
   */
  mustExist?: boolean;
  /** The last one is the user's. In a chat that the server knows only that one counts. */
  messages: ReadonlyArray<{ role: 'system' | 'user' | 'assistant'; content: string }>;
}

export interface RegenerateRequest extends Generation {
  /** The answer to replace, or its question; absent: the last. */
  messageId?: string;
}

/** The body of POST /api/workspaces/{id}/edit. */
export interface EditFilesRequest extends Generation {
  prompt: string;
  /** Absent: the workspace's own chat. */
  chatId?: string;
  /** Rejects with `not_found` where that chat is unknown, instead of beginning one of its id. */
  mustExist?: boolean;
}
