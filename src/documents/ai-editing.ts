import type { LLMFunction, LLMResult } from '../chat/llm-function.ts';
import { parse } from '../chat/question.ts';
import { countTokens } from '../chat/tokens.ts';
import { EditSession } from '../editing/edit-session.ts';
import { instructionsFor } from '../editing/instructions.ts';
import { asItIsNow, type WorkspaceLimits } from '../editing/workspace.ts';
import { NotFoundError } from '../errors.ts';
import type { FileChange, FileEvent } from '../runs/events.ts';
import { REDACTED } from '../runs/log.ts';
import type { EditSink } from '../runs/producer.ts';
import { type FilesDoc, OwnFiles } from './own-files.ts';
import { documentMessageSchema } from './request.ts';
import { failureOf, historyOf, Transcript } from './transcript.ts';

/** What happens in an edit: prose of the model, and what becomes of files. */
export type EditingEvent = { type: 'text_chunk'; content: string } | FileEvent;

export interface AIEditing {
  /** Its files are at `data.files[fileId]`, `{ name, text }` each. */
  doc: FilesDoc;
  /** What is to be done. */
  prompt: string;
  llmFunction: LLMFunction;
  /** The chat of the document in which the turn is written down. Default: none. */
  chatId?: string;
  /** Pairs of question and answer of that chat that the model is told; default 10. */
  maxConversationPairs?: number;
  /** Tokens of the prompt; files for which there is no room are not shown, and not changed. Default 100,000. */
  maxContextTokens?: number;
  /** Stops the edit. */
  signal?: AbortSignal;
  /** What becomes of an edit that was stopped or failed; default: what it has changed so far is kept. */
  onFailure?: 'keep' | 'rollback';
  /** In order. What it throws fails the edit. */
  onEvent?(event: EditingEvent): void;
  limits?: Partial<WorkspaceLimits>;
}

export interface AIEditingResult extends Omit<LLMResult, 'content' | 'valid' | 'validationErrors'> {
  /** What the model said beside the files. */
  content: string;
  /** What became of each file that it wrote. */
  files: FileChange[];
  /** Of the answer in the chat; null without a chat. */
  messageId: string | null;
  /**
   * Takes the whole edit back, in one op; what people wrote since stays. Only as long as this document is open here, and
   * once: later calls do nothing.
   */
  undo(): Promise<void>;
}

const LIMITS: WorkspaceLimits & { flushMs: number } = {
  maxFiles: 100,
  fileChars: 1024 * 1024,
  totalChars: 4 * 1024 * 1024,
  opChars: 64 * 1024,
  flushMs: 50,
};

const CUT_OFF = {
  keep: 'The edit was cut off. What it has changed so far stays.',
  rollback: 'The edit was cut off. What it had changed was taken back.',
};

/**
 * Lets a model edit the files of an application's document, live, while people type in them: the answer is read for files
 * while it streams (Markdown, a bold name and a fenced block each), and each file changes by the fewest insertions and
 * removals that make it what the model writes, so that nothing people write meanwhile is lost.
 *
 * Resolves when all of it is on the server. Rejects as the function does (ServiceError, or the signal's reason), after the
 * document, and the chat, say what became of the edit. Throws InvalidRequestError for a document without files that are
 * `{ name, text }`, and for a prompt or a chat id that cannot be stored.
 */
export async function performAIEditing(editing: AIEditing): Promise<AIEditingResult> {
  const { doc, prompt, llmFunction, chatId, signal, onFailure = 'keep' } = editing;
  parse(documentMessageSchema, prompt);
  const history = chatId === undefined ? [] : historyOf(doc, chatId, editing.maxConversationPairs ?? 10);
  const files = await OwnFiles.of(doc);
  const session = new EditSession(files, { ...LIMITS, ...editing.limits });
  const telling = new Telling(editing.onEvent);
  try {
    const instructions = await instructionsIn(files, session, editing);
    if (chatId !== undefined) telling.transcript = await Transcript.open(doc, chatId, prompt);
    session.begin(telling);
    const system = { role: 'system' as const, content: instructions };
    const answer = llmFunction([system, ...history, { role: 'user', content: prompt }], { signal });
    for await (const event of answer) {
      if (event.type === 'content') session.push(event.content);
      if (event.type === 'redact') session.redact(event.from, event.to);
      await telling.transcript?.status(statusOf(event));
    }
    await session.end(true);
    const { reasoning, finishReason, usage, model, provider } = await answer;
    await telling.transcript?.end(null);
    return {
      content: telling.prose,
      files: session.changes,
      reasoning,
      finishReason,
      usage,
      model,
      provider,
      messageId: telling.transcript?.messageId ?? null,
      undo: async () => {
        await files[Symbol.asyncDispose]();
        await files.takeBack();
      },
    };
  } catch (cause) {
    // Whatever else fails now, the first failure is what the caller needs to know.
    await session.end(false).catch(() => {});
    if (files.hasChanged) {
      if (onFailure === 'rollback') await files.takeBack();
      telling.mark({ type: 'status_update', status: CUT_OFF[onFailure] });
    }
    await files[Symbol.asyncDispose]();
    await telling.transcript?.end(failureOf(cause, signal));
    throw cause;
  }
}

/** How to answer, and the files as they are at this moment, from which the session goes on. */
async function instructionsIn(
  { data }: OwnFiles,
  session: EditSession,
  { prompt, maxContextTokens = 100_000 }: AIEditing,
): Promise<string> {
  if (!data) throw new NotFoundError('The document');
  const { text, hidden } = await instructionsFor(asItIsNow(data), prompt, maxContextTokens, countTokens);
  session.hide(hidden);
  return text;
}

/** Passes on what happens. Thoughts, retries, bounds and the end are a run's business, and there is none. */
class Telling implements EditSink {
  /** The message to people, as it grows. */
  prose = '';
  transcript: Transcript | null = null;
  #listener: ((event: EditingEvent) => void) | undefined;

  constructor(listener: ((event: EditingEvent) => void) | undefined) {
    this.#listener = listener;
  }

  content(text: string): void {
    this.prose += text;
    this.#tell({ type: 'text_chunk', content: text });
  }

  redact(from: number, to: number): void {
    this.prose = this.prose.slice(0, from) + REDACTED.repeat(to - from) + this.prose.slice(to);
    this.transcript?.redact(from, to);
  }

  withdraw(fileId: string): void {
    this.transcript?.withdraw(fileId);
  }

  mark(event: FileEvent): void {
    this.#tell(event);
  }

  reasoning(): void {}
  status(): void {}

  /** The function has bounded the answer already. */
  aside(): boolean {
    return true;
  }

  beforeEnd(): void {}

  #tell(event: EditingEvent): void {
    this.transcript?.add(event);
    const listener = this.#listener;
    // One that has failed hears nothing more.
    this.#listener = undefined;
    listener?.(event);
    this.#listener = listener;
  }
}

function statusOf(event: { type: string; message?: string }): string | null {
  if (event.type === 'reasoning') return 'Thinking …';
  return event.type === 'status' ? (event.message ?? null) : null;
}
