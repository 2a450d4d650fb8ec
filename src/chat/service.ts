import { createHash, randomUUID } from 'node:crypto';
import { ContextLengthExceededError, IdempotencyKeyReusedError } from '../errors.ts';
import type { StopCause } from '../runs/events.ts';
import type { OnDisconnect, Run } from '../runs/run.ts';
import type { Followable, Runs } from '../runs/runs.ts';
import type { Concurrency, Slot } from '../runs/slots.ts';
import type { RunDescription } from '../runs/store.ts';
import { cut } from '../runs/text.ts';
import { selectHistory, TOKENS_PER_MESSAGE } from './context.ts';
import type { Model, Models, Parameters, PromptMessage } from './models.ts';
import type { Question } from './question.ts';
import type { ChatHead, ChatStore, ContextMessage, NewMessage, Turn } from './store.ts';

export interface ChatSettings {
  maxConversationPairs: number;
  maxContextTokens: number;
  defaultSystemPrompt: string;
  concurrency: Concurrency;
  onDisconnect: OnDisconnect;
  countTokens: (text: string) => number | Promise<number>;
}

/** What is known of a request beside what it asks. */
export interface RequestContext {
  requestId: string | null;
  /** The wire protocol of the request, with which its run may be followed later. */
  protocol: string;
  idempotencyKey?: string | undefined;
  /** Protocols whose clients cannot be told to wait interrupt whatever the configuration says (WIRE-2). */
  concurrency?: Concurrency | undefined;
}

/** Sees the prompt before it is sent: for the log. */
export type PromptObserver = (run: RunDescription, prompt: readonly PromptMessage[]) => void;

const TITLE_CHARS = 60;

/** Answers questions: context in, run out. Framework-free; HTTP is one caller. */
export class ChatService {
  /** Keys whose first request is still being stored. */
  readonly #pendingKeys = new Map<string, { bodyHash: string; answering: Promise<Followable> }>();

  constructor(
    private readonly store: ChatStore,
    private readonly runs: Runs,
    private readonly models: Models,
    private readonly settings: ChatSettings,
    private readonly observePrompt: PromptObserver = () => {},
  ) {}

  /**
   * Stores the question and begins to answer it; resolves when both are done, before the first token. Everything that
   * can be wrong with the request is thrown from here, with nothing stored and nothing sent.
   */
  async ask(question: Question, context: RequestContext): Promise<Followable> {
    const key = context.idempotencyKey;
    if (key === undefined) return followable(await this.#ask(question, context, null));
    return this.#askOnce(key, hashOf(question), (idempotency) => this.#ask(question, context, idempotency));
  }

  /** A repeated key follows the first run from its start, whether it is being stored, live or long over (CHAT-8). */
  async #askOnce(
    key: string,
    bodyHash: string,
    ask: (idempotency: NonNullable<Turn['idempotency']>) => Promise<Run>,
  ): Promise<Followable> {
    const pending = this.#pendingKeys.get(key);
    if (pending) {
      if (pending.bodyHash !== bodyHash) throw new IdempotencyKeyReusedError();
      return pending.answering;
    }
    const answering = this.#findOrAsk(key, bodyHash, ask);
    this.#pendingKeys.set(key, { bodyHash, answering });
    try {
      return await answering;
    } finally {
      this.#pendingKeys.delete(key);
    }
  }

  async #findOrAsk(
    key: string,
    bodyHash: string,
    ask: (idempotency: NonNullable<Turn['idempotency']>) => Promise<Run>,
  ): Promise<Followable> {
    const known = await this.store.findKey(key);
    const run = known && (await this.runs.open(known.runId));
    if (known && run) {
      if (known.bodyHash !== bodyHash) throw new IdempotencyKeyReusedError();
      return run;
    }
    return followable(await ask({ key, bodyHash }));
  }

  async #ask(question: Question, context: RequestContext, idempotency: Turn['idempotency']): Promise<Run> {
    const model = this.models.resolve(question.model);
    const chatId = question.chatId ?? randomUUID();
    return this.#inSlot(chatId, context, async (slot) => {
      const chat = question.chatId === null ? null : await this.store.head(chatId);
      const asked: NewMessage = {
        id: randomUUID(),
        role: 'user',
        status: 'complete',
        content: question.content,
        tokens: await this.settings.countTokens(question.content),
        clientId: question.clientId,
      };
      const imported = chat ? [] : await this.#imported(question);
      const systemPrompt = question.systemPrompt;
      return this.#begin(slot, model, question, context, {
        chat,
        head: {
          id: chatId,
          create: chat ? null : { title: titleOf(question) },
          ...(systemPrompt === undefined ? {} : { systemPrompt }),
        },
        imported,
        asked,
        idempotency,
      });
    });
  }

  /** Takes the chat's slot for what follows; whatever goes wrong before a run owns it gives it back. */
  async #inSlot(chatId: string, context: RequestContext, work: (slot: Slot) => Promise<Run>): Promise<Run> {
    const policy = context.concurrency ?? this.settings.concurrency;
    const interrupt: StopCause | null = policy === 'interrupt' ? 'superseded' : null;
    const slot = await this.runs.reserve(chatId, randomUUID(), interrupt);
    try {
      return await work(slot);
    } catch (error) {
      slot.release();
      throw error;
    }
  }

  async #begin(
    slot: Slot,
    model: Model,
    question: { parameters: Parameters; onDisconnect: OnDisconnect | undefined },
    context: RequestContext,
    turn: {
      chat: ChatHead | null;
      head: Turn['chat'];
      imported: NewMessage[];
      asked: NewMessage;
      idempotency: Turn['idempotency'];
    },
  ): Promise<Run> {
    const { chat, imported, asked } = turn;
    const system = turn.head.systemPrompt ?? chat?.systemPrompt ?? this.settings.defaultSystemPrompt;
    const { prompt, tokens } = await this.#prompt(model, system, asked, chat, imported);
    const producer = model.answer({ messages: prompt, parameters: question.parameters });
    const now = new Date();
    const description: RunDescription = {
      runId: slot.runId,
      chatId: slot.chatId,
      messageId: randomUUID(),
      provider: model.provider,
      model: model.id,
      protocol: context.protocol,
      requestId: context.requestId,
      promptTokens: tokens,
      createdAt: now,
    };
    await this.store.begin({
      chat: turn.head,
      firstPosition: chat?.nextPosition ?? 0,
      messages: [...imported, asked, placeholder(description.messageId)],
      supersedeFrom: null,
      run: description,
      idempotency: turn.idempotency,
      now,
    });
    this.observePrompt(description, prompt);
    return this.runs.start(slot, description, question.onDisconnect ?? this.settings.onDisconnect, producer);
  }

  /** System prompt, the last pairs that fit, the new message (CHAT-2, CHAT-6). */
  async #prompt(
    model: Model,
    system: string,
    asked: NewMessage,
    chat: ChatHead | null,
    imported: readonly NewMessage[],
  ): Promise<{ prompt: PromptMessage[]; tokens: number }> {
    const { countTokens, maxContextTokens, maxConversationPairs: pairs } = this.settings;
    const budget = Math.min(maxContextTokens, model.contextWindow ?? maxContextTokens);
    const required =
      (system === '' ? 0 : TOKENS_PER_MESSAGE + (await countTokens(system))) +
      TOKENS_PER_MESSAGE +
      (asked.tokens ?? 0);
    if (required > budget) throw new ContextLengthExceededError(required, budget);
    const source = chat ? this.store : inMemory(imported);
    const history = await selectHistory(
      source,
      chat ?? { id: '', nextPosition: imported.length },
      { pairs, tokens: budget - required },
      countTokens,
    );
    const prompt: PromptMessage[] = [
      ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
      ...history.messages.map(({ role, content }) => ({ role, content })),
      { role: 'user', content: asked.content },
    ];
    return { prompt, tokens: required + history.tokens };
  }

  async #imported({ history }: Question): Promise<NewMessage[]> {
    const messages: NewMessage[] = [];
    for (const { role, content, clientId } of history) {
      const tokens = await this.settings.countTokens(content);
      messages.push({ id: randomUUID(), role, status: 'complete', content, tokens, clientId });
    }
    return messages;
  }
}

function placeholder(id: string): NewMessage {
  return { id, role: 'assistant', status: 'streaming', content: '', tokens: null, clientId: null };
}

/** Imported history is not in the database yet, but is read the same way. */
function inMemory(messages: readonly NewMessage[]): Pick<ChatStore, 'recent'> {
  const all: ContextMessage[] = messages.map((message, position) => ({ ...message, position }));
  return {
    recent: async (_chatId, before, limit) => all.slice(Math.max(0, before - limit), before).reverse(),
  };
}

function titleOf({ history, content }: Question): string {
  const first = history.find(({ role }) => role === 'user')?.content ?? content;
  return cut(first, TITLE_CHARS);
}

function hashOf(question: Question): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('hex');
}

function followable(run: Run): Followable {
  return { description: run.description, log: run.log, attach: () => run.attach() };
}
