import { createRequire } from 'node:module';

/** As much of `UIMessage` as all releases have. */
export interface UiMessage {
  id: string;
  role: string;
  metadata?: Record<string, unknown>;
  parts: Array<{ type: string; text?: string; state?: string }>;
}

type Status = 'submitted' | 'streaming' | 'ready' | 'error';

interface State {
  status: Status;
  error: Error | undefined;
  messages: UiMessage[];
  pushMessage(message: UiMessage): void;
  popMessage(): void;
  replaceMessage(index: number, message: UiMessage): void;
  snapshot<Value>(value: Value): Value;
}

/** The framework-free half of `useChat`; the hook of @ai-sdk/react only draws its state. */
interface AbstractChat {
  id: string;
  readonly status: Status;
  readonly error: Error | undefined;
  messages: UiMessage[];
  sendMessage(message: unknown, options?: unknown): Promise<void>;
  regenerate(options?: { messageId?: string }): Promise<void>;
  resumeStream(): Promise<void>;
  stop(): Promise<void>;
}

export interface ChatOptions {
  id: string;
  transport: unknown;
  messages?: UiMessage[];
  onData?: (part: { type: string; data: unknown }) => void;
  onFinish?: (end: { message: UiMessage; isAbort?: boolean }) => void;
}

export interface AiPackage {
  AbstractChat: new (options: ChatOptions & { state: State }) => AbstractChat;
  DefaultChatTransport: new (options: Record<string, unknown>) => object;
}

/** A release of package `ai`, by the alias that package.json gives it. */
export async function release(alias: string): Promise<{ version: string; ai: AiPackage }> {
  const { version } = createRequire(import.meta.url)(`${alias}/package.json`);
  return { version, ai: await import(alias) };
}

/** A chat as a page has it; `options.messages`: what the page was loaded with. */
export function openChat({ AbstractChat }: AiPackage, options: ChatOptions): AbstractChat {
  const state: State = {
    status: 'ready',
    error: undefined,
    messages: options.messages ?? [],
    pushMessage: (message) => {
      state.messages = [...state.messages, message];
    },
    popMessage: () => {
      state.messages = state.messages.slice(0, -1);
    },
    replaceMessage: (index, message) => {
      state.messages = state.messages.map((each, at) => (at === index ? structuredClone(message) : each));
    },
    snapshot: (value) => structuredClone(value),
  };
  return new AbstractChat({ ...options, state });
}

export function textOf(message: UiMessage | undefined, type = 'text'): string {
  return (message?.parts ?? []).map((part) => (part.type === type ? part.text : '')).join('');
}

/** A fetch whose first answer breaks after so many bytes, with the words in which the platform reports it. */
export function brokenFetch(bytes: number, words: string): typeof fetch {
  let broken = false;
  return async (input, init) => {
    const response = await fetch(input, init);
    if (broken || !response.body) return response;
    broken = true;
    const reader = response.body.getReader();
    let left = bytes;
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          if (value.length > left) {
            controller.enqueue(value.subarray(0, left));
            await reader.cancel();
            left = 0;
            // A stream errors before it hands over what is queued, so that goes first.
            setTimeout(() => controller.error(new TypeError(words)), 20);
            return new Promise(() => {});
          }
          left -= value.length;
          controller.enqueue(value);
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { status: response.status, headers: response.headers });
  };
}
