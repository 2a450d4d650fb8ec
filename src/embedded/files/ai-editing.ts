import type { LLMResult } from '../../chat/llm-function.ts';
import { checkOptions } from '../../chat/options.ts';
import { countTokens } from '../../chat/tokens.ts';
import { parse } from '../../chat/validation.ts';
import type { EditOutput } from '../../editing/answer-applier.ts';
import { snapshotOf, type WorkspaceLimits } from '../../editing/files.ts';
import { instructionsFor } from '../../editing/instructions.ts';
import { StreamedEdit } from '../../editing/streamed-edit.ts';
import { NotFoundError } from '../../errors.ts';
import { REDACTED } from '../../runs/text.ts';
import type { FileChange, FileEvent } from '../../wire/events.ts';
import { type AnswerFunction, answerTo, checkIsFunction } from '../chats/answer-function.ts';
import { documentMessageSchema } from '../chats/request.ts';
import { failureOf, historyOf, Transcript } from '../chats/transcript.ts';
import { docOf, type OfDocument } from '../document/document-option.ts';
import { openedTypeOf } from '../document/document-type.ts';
import type { EmbeddedFiles, FilesDoc } from './embedded-files.ts';
import { openFiles } from './open-files.ts';

/** An event of an edit: prose of the model, or a change of a file. */
export type EditingEvent = { type: 'text_chunk'; content: string } | FileEvent;

/** `doc`: its files are at `data.files[fileId]`, `{ name, text }` each. */
export type AIEditing = OfDocument<FilesDoc> & {
  /** The user's request. */
  prompt: string;
  llmFunction: AnswerFunction;
  /** The chat of the document to which the turn is added. Default: none. */
  chatId?: string;
  /** Pairs of question and answer of that chat in the prompt; default 10. */
  maxConversationPairs?: number;
  /** Tokens of the prompt. Files that do not fit are not shown to the model, and not changed. Default 100,000. */
  maxContextTokens?: number;
  /** Stops the edit. */
  signal?: AbortSignal;
  /** What happens to the changes of an edit that was stopped or failed; default: they are kept. */
  onFailure?: 'keep' | 'rollback';
  /** Called in order. An error that it throws fails the edit. */
  onEvent?(event: EditingEvent): void;
  /** Called when the whole edit is stored; not called for an edit that was stopped or failed. */
  runCode?(): unknown;
  limits?: Partial<WorkspaceLimits>;
};

const OPTIONS = {
  doc: null,
  shareDBDoc: null,
  prompt: null,
  llmFunction: null,
  chatId: null,
  maxConversationPairs: null,
  maxContextTokens: null,
  signal: null,
  onFailure: null,
  onEvent: null,
  runCode: null,
  limits: null,
  systemPrompt: 'cannot be set: how the model is to answer is said there',
};

export interface AIEditingResult extends Omit<LLMResult, 'content' | 'valid' | 'validationErrors'> {
  /** The answer without the files. */
  content: string;
  /** The change of each file that the model wrote. */
  files: FileChange[];
  /** The id of the answer in the chat; null without a chat. */
  messageId: string | null;
  /**
   * Undoes the whole edit in one op; later changes of collaborators are kept. Works once, while this document is open
   * in this process; later calls do nothing.
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
 * Lets a model edit the files of an application's document while collaborators type in them. The answer is parsed for
 * files while it streams (Markdown: a bold name and a fenced block for each), and each file is changed by minimal
 * insertions and removals, so that no text of collaborators is lost.
 *
 * Resolves when the whole edit is stored. Rejects like `llmFunction` (ServiceError, or the signal's reason), after the
 * document and the chat were updated. Throws InvalidRequestError for a document whose files are not `{ name, text }`,
 * and for an invalid option, prompt or chat id.
 */
export async function performAIEditing(editing: AIEditing): Promise<AIEditingResult> {
  checkOptions('performAIEditing', editing, OPTIONS);
  const doc = docOf<FilesDoc>(editing);
  const { prompt, llmFunction, chatId, signal, onFailure = 'keep' } = editing;
  checkIsFunction(llmFunction);
  parse(documentMessageSchema, prompt);
  await openedTypeOf(doc);
  const history = chatId === undefined ? [] : historyOf(doc, chatId, editing.maxConversationPairs ?? 10);
  const files = await openFiles(doc);
  const session = new StreamedEdit(files, { ...LIMITS, ...editing.limits });
  const reporter = new EditReporter(editing.onEvent);
  try {
    const instructions = await instructionsIn(files, session, editing);
    if (chatId !== undefined) reporter.transcript = await Transcript.open(doc, chatId, prompt);
    session.begin(reporter);
    const system = { role: 'system' as const, content: instructions };
    const messages = [system, ...history, { role: 'user' as const, content: prompt }];
    const answer = await answerTo(messages, llmFunction, signal, async (event) => {
      if (event.type === 'content') session.push(event.content);
      if (event.type === 'redact') session.redact(event.from, event.to);
      await reporter.transcript?.status(statusOf(event));
    });
    await session.end(true);
    const { reasoning, finishReason, usage, model, provider } = answer;
    await reporter.transcript?.end(null);
    await editing.runCode?.();
    return {
      content: reporter.prose,
      files: session.changes,
      reasoning,
      finishReason,
      usage,
      model,
      provider,
      messageId: reporter.transcript?.messageId ?? null,
      undo: async () => {
        await files.undoEdit();
        await files[Symbol.asyncDispose]();
      },
    };
  } catch (cause) {
    // Errors of the clean-up are ignored: the caller needs the first error.
    await session.end(false).catch(() => {});
    if (files.hasChanged) {
      if (onFailure === 'rollback') await files.undoEdit();
      reporter.emit({ type: 'status_update', status: CUT_OFF[onFailure] });
    }
    await files[Symbol.asyncDispose]();
    await reporter.transcript?.end(failureOf(cause, signal));
    throw cause;
  }
}

/** The system prompt: the answer's format, and the current files, which are the base of the edit. */
async function instructionsIn(
  { data }: EmbeddedFiles,
  session: StreamedEdit,
  { prompt, maxContextTokens = 100_000 }: AIEditing,
): Promise<string> {
  if (!data) throw new NotFoundError('The document');
  const { text, hidden } = await instructionsFor(snapshotOf(data), prompt, maxContextTokens, countTokens);
  session.hide(hidden);
  return text;
}

/** Passes events and text of an edit to the caller's listener and to the message in the chat. */
class EditReporter implements EditOutput {
  /** The answer without the files, so far. */
  prose = '';
  transcript: Transcript | null = null;
  #listener: ((event: EditingEvent) => void) | undefined;

  constructor(listener: ((event: EditingEvent) => void) | undefined) {
    this.#listener = listener;
  }

  content(text: string): void {
    this.prose += text;
    this.#notify({ type: 'text_chunk', content: text });
  }

  redact(from: number, to: number): void {
    this.prose = this.prose.slice(0, from) + REDACTED.repeat(to - from) + this.prose.slice(to);
    this.transcript?.redact(from, to);
  }

  withdraw(fileId: string): void {
    this.transcript?.withdraw(fileId);
  }

  emit(event: FileEvent): void {
    this.#notify(event);
  }

  /** Always true: the length of the answer is limited by `llmFunction`. */
  aside(): boolean {
    return true;
  }

  #notify(event: EditingEvent): void {
    this.transcript?.add(event);
    const listener = this.#listener;
    // A listener that has thrown is not called again.
    this.#listener = undefined;
    listener?.(event);
    this.#listener = listener;
  }
}

function statusOf(event: { type: string; message?: string }): string | null {
  if (event.type === 'reasoning') return 'Thinking …';
  return event.type === 'status' ? (event.message ?? null) : null;
}
