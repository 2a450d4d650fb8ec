import { setImmediate as nextTurn } from 'node:timers/promises';
import { NotFoundError } from '../errors.ts';
import type { StopCause } from '../runs/events.ts';
import type { OnDisconnect } from '../runs/run.ts';
import type { Followable, Runs } from '../runs/runs.ts';
import type { Concurrency, Slot } from '../runs/slots.ts';
import type { RunDescription } from '../runs/store.ts';
import type { Extension, Preparation } from './extension.ts';
import { IdempotencyKeys } from './idempotency.ts';
import type { Model, Models, PromptMessage } from './models.ts';
import { newId } from './new-id.ts';
import { type Plan, Planner } from './plan.ts';
import { buildPrompt, type PromptSettings, roomFor } from './prompt.ts';
import type { Edit, Generation, Question, Regeneration } from './question.ts';
import type { ChatStore, NewMessage, Turn } from './store.ts';

export interface ChatSettings extends PromptSettings {
  defaultSystemPrompt: string;
  concurrency: Concurrency;
  onDisconnect: OnDisconnect;
}

/** What is known of a request beside what it asks. */
export interface RequestContext {
  requestId: string | null;
  /** The wire protocol of the request, with which its run may be followed later. */
  protocol: string;
  idempotencyKey?: string | undefined;
  /** Protocols whose clients cannot be told to wait interrupt, whatever the configuration says (WIRE-2). */
  concurrency?: Concurrency | undefined;
}

/** Sees each prompt as it is sent: for the log. */
export type PromptObserver = (run: RunDescription, prompt: readonly PromptMessage[]) => void;

/** Hears of what changes a chat beside the answers that stream into it. */
export type ChangeListener = (chatId: string, change: 'superseded' | 'renamed' | 'deleted') => void;

/** Hears of each turn that was stored, before its run begins. It must not throw. */
export type TurnListener = (turn: Turn) => void;

/** Answers in chats: a request comes in, a run goes out. Framework-free; HTTP is one of its callers. */
export class ChatService {
  readonly #keys: IdempotencyKeys;
  readonly #planner: Planner;
  readonly #listeners = new Set<ChangeListener>();
  readonly #turnListeners = new Set<TurnListener>();

  constructor(
    private readonly store: ChatStore,
    private readonly runs: Runs,
    private readonly models: Models,
    private readonly settings: ChatSettings,
    private readonly observePrompt: PromptObserver = () => {},
  ) {
    this.#keys = new IdempotencyKeys(store, runs);
    this.#planner = new Planner(store, settings.countTokens);
  }

  /** `listener` hears of changes after they are stored; the answer undoes it. It must not throw. */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** `listener` hears of turns; the answer undoes it. */
  onTurn(listener: TurnListener): () => void {
    this.#turnListeners.add(listener);
    return () => this.#turnListeners.delete(listener);
  }

  /**
   * Stores the question and begins to answer it; resolves when both are done, before the first token. Everything that
   * can be wrong with the request is thrown from here, with nothing stored and nothing sent.
   */
  ask(question: Question, context: RequestContext, extension?: Extension): Promise<Followable> {
    const chatId = question.chatId ?? newId();
    const request = extension ? extension.request : { ask: question };
    const plan = () => this.#planner.question(chatId, question);
    return this.#begin(chatId, question, context, request, plan, extension);
  }

  /** A new answer to the last question, or to the one that a message belongs to; what followed it is superseded. */
  regenerate(chatId: string, request: Regeneration, context: RequestContext): Promise<Followable> {
    const plan = () => this.#planner.regeneration(chatId, request);
    return this.#begin(chatId, request, context, { regenerate: request, chatId }, plan);
  }

  /** Says a question differently: it and everything after it is superseded by the new one and its answer. */
  edit(chatId: string, request: Edit, context: RequestContext): Promise<Followable> {
    const plan = () => this.#planner.edit(chatId, request);
    return this.#begin(chatId, request, context, { edit: request, chatId }, plan);
  }

  /** Throws NotFoundError. */
  async rename(chatId: string, title: string): Promise<void> {
    if (!(await this.store.rename(chatId, title))) throw new NotFoundError(`Chat ${chatId}`);
    this.#changed(chatId, 'renamed');
  }

  /** Ends what runs in it, then removes all of it. Throws NotFoundError. */
  async delete(chatId: string): Promise<void> {
    const slot = await this.runs.reserve(chatId, newId(), 'deleted');
    try {
      if (!(await this.store.delete(chatId))) throw new NotFoundError(`Chat ${chatId}`);
    } finally {
      slot.release();
    }
    this.#changed(chatId, 'deleted');
  }

  async #begin(
    chatId: string,
    generation: Generation,
    context: RequestContext,
    request: unknown,
    plan: () => Promise<Plan>,
    extension?: Extension,
  ): Promise<Followable> {
    // Before anything else: a request that names no model of ours must not interrupt a run.
    const model = this.models.resolve(generation.model, generation.parameters);
    const start = async (claim: Turn['idempotency']) => {
      const policy = context.concurrency ?? this.settings.concurrency;
      const interrupt: StopCause | null = policy === 'interrupt' ? 'superseded' : null;
      const runId = newId();
      const prepared = extension && (await extension.prepare(runId));
      const slot = prepared
        ? await this.#reserve(chatId, runId, interrupt, prepared)
        : await this.runs.reserve(chatId, runId, interrupt);
      try {
        return await this.#run(slot, model, generation, context, await plan(), claim, prepared);
      } catch (error) {
        slot.release();
        throw error;
      }
    };
    const key = context.idempotencyKey;
    return key === undefined ? start(null) : this.#keys.once(key, request, start);
  }

  /** What was prepared is released with the slot: whoever reads the terminal finds both free. */
  async #reserve(
    chatId: string,
    runId: string,
    interrupt: StopCause | null,
    prepared: Preparation,
  ): Promise<Slot> {
    try {
      const slot = await this.runs.reserve(chatId, runId, interrupt);
      void slot.released.then(() => prepared.release());
      return slot;
    } catch (error) {
      prepared.release();
      throw error;
    }
  }

  /** From here on the slot belongs to the run. */
  async #run(
    slot: Slot,
    model: Model,
    generation: Generation,
    context: RequestContext,
    { chat, head, imported, asked, question, history, supersedeFrom }: Plan,
    idempotency: Turn['idempotency'],
    prepared: Preparation | undefined,
  ): Promise<Followable> {
    const room = roomFor(this.settings, model.contextWindow);
    const system = prepared
      ? await prepared.instructions(room)
      : (chat.systemPrompt ?? head?.systemPrompt ?? this.settings.defaultSystemPrompt);
    const prompt = await buildPrompt(system, question, history, room, this.settings);
    const producer = model.answer(prompt.messages);
    const description: RunDescription = {
      runId: slot.runId,
      chatId: slot.chatId,
      messageId: newId(),
      provider: model.provider,
      model: model.id,
      protocol: context.protocol,
      requestId: context.requestId,
      promptTokens: prompt.tokens,
      createdAt: new Date(),
    };
    const turn: Turn = {
      chat,
      firstPosition: head?.nextPosition ?? 0,
      messages: [...imported, ...(asked ? [asked] : []), placeholder(description.messageId)],
      supersedeFrom,
      run: description,
      idempotency,
      now: description.createdAt,
    };
    await this.store.begin(turn);
    for (const listener of this.#turnListeners) listener(turn);
    if (supersedeFrom !== null) this.#changed(slot.chatId, 'superseded');
    this.observePrompt(description, prompt.messages);
    const onDisconnect = generation.onDisconnect ?? this.settings.onDisconnect;
    const working = prepared ? prepared.wrap(producer, description) : producer;
    const run = this.runs.start(slot, description, onDisconnect, working);
    // The provider is asked before the client gets the head of its response: it is the provider that is waited for.
    await nextTurn();
    return run;
  }

  #changed(...change: Parameters<ChangeListener>): void {
    for (const listener of this.#listeners) listener(...change);
  }
}

function placeholder(id: string): NewMessage {
  return { id, role: 'assistant', status: 'streaming', content: '', tokens: null, clientId: null };
}
