import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Access, Asking } from '../auth/access.ts';
import { LOCAL, mayAsk, ownerIdOf } from '../auth/principal.ts';
import { ForbiddenError, NotFoundError } from '../errors.ts';
import type { Followable } from '../runs/followable.ts';
import type { Concurrency, Lease } from '../runs/leases.ts';
import type { OnDisconnect } from '../runs/run.ts';
import type { Runs } from '../runs/runs.ts';
import type { RunDescription } from '../runs/store.ts';
import type { StopCause } from '../wire/events.ts';
import type { ChatEvents } from './chat-events.ts';
import { IdempotencyKeys } from './idempotency.ts';
import type { Model, Models } from './models.ts';
import { newId } from './new-id.ts';
import { buildPrompt, type PromptSettings, roomFor } from './prompt.ts';
import type { Edit, GenerationOptions, Question, Regeneration } from './question.ts';
import type { ChatStore, NewMessage, Turn } from './store.ts';
import type { PreparedHook, TurnHook } from './turn-hook.ts';
import { type TurnPlan, TurnPlanner } from './turn-plan.ts';

export interface ChatSettings extends PromptSettings {
  defaultSystemPrompt: string;
  concurrency: Concurrency;
  onDisconnect: OnDisconnect;
}

/** Properties of a request that are independent of the question. `principal`: new chats belong to this user. */
export interface RequestContext extends Asking {
  requestId: string | null;
  /** The wire protocol of the request, the default for readers of its run. */
  protocol: string;
  idempotencyKey?: string | undefined;
  /**
   * Overrides the configuration: the clients of some protocols cannot be told to wait, so their requests interrupt
   * (WIRE-2).
   */
  concurrency?: Concurrency | undefined;
}

/** What distinguishes the kinds of request that start a run. */
interface TurnRequest {
  chatId: string;
  /** The id was made here: there is no such chat. */
  isNew: boolean;
  options: GenerationOptions;
  context: RequestContext;
  /** Must be equal in a repetition with the same idempotency key. */
  fingerprint: unknown;
  /** Plans the turn; called while the chat is leased. */
  plan(): Promise<TurnPlan>;
  hook?: TurnHook | undefined;
}

/** A request that is the first one with its idempotency key. */
interface AcceptedTurn extends TurnRequest {
  model: Model;
  idempotency: Turn['idempotency'];
}

export interface ChatServiceParts {
  store: ChatStore;
  runs: Runs;
  models: Models;
  access: Pick<Access, 'reached'>;
  events: ChatEvents;
}

/** Starts runs in chats, and renames and deletes chats. Independent of HTTP. */
export class ChatService {
  readonly #parts: ChatServiceParts;
  readonly #settings: ChatSettings;
  readonly #keys: IdempotencyKeys;
  readonly #planner: TurnPlanner;

  constructor(parts: ChatServiceParts, settings: ChatSettings) {
    const { store, runs, access } = parts;
    this.#parts = parts;
    this.#settings = settings;
    this.#keys = new IdempotencyKeys(store, runs);
    this.#planner = new TurnPlanner(store, access, settings.countTokens);
  }

  /**
   * Stores the question and starts a run; resolves before the first token. Throws everything that can be wrong with the
   * request; then nothing was stored and nothing sent.
   */
  ask(question: Question, context: RequestContext, hook?: TurnHook): Promise<Followable> {
    const chatId = question.chatId ?? newId();
    const fingerprint = hook ? hook.request : { ask: question };
    const plan = () => this.#planner.question(chatId, question, context);
    const isNew = question.chatId === null;
    return this.#begin({ chatId, isNew, options: question, context, fingerprint, plan, hook });
  }

  /** Starts a new answer to the last question, or to the question of a message; later messages are superseded. */
  regenerate(chatId: string, request: Regeneration, context: RequestContext): Promise<Followable> {
    const plan = () => this.#planner.regeneration(chatId, request, context);
    const fingerprint = { regenerate: request, chatId };
    return this.#begin({ chatId, isNew: false, options: request, context, fingerprint, plan });
  }

  /** Replaces a question: the question and everything after it are superseded by the new question and its answer. */
  edit(chatId: string, request: Edit, context: RequestContext): Promise<Followable> {
    const plan = () => this.#planner.edit(chatId, request, context);
    const fingerprint = { edit: request, chatId };
    return this.#begin({ chatId, isNew: false, options: request, context, fingerprint, plan });
  }

  /** Throws NotFoundError. */
  async rename(chatId: string, title: string): Promise<void> {
    if (!(await this.#parts.store.rename(chatId, title))) throw new NotFoundError(`Chat ${chatId}`);
    this.#parts.events.chatChanged(chatId, 'renamed');
  }

  /** Stops the live run, then deletes the chat. Throws NotFoundError. */
  async delete(chatId: string): Promise<void> {
    const lease = await this.#parts.runs.close(chatId, newId());
    try {
      if (!(await this.#parts.store.delete(chatId))) throw new NotFoundError(`Chat ${chatId}`);
    } finally {
      lease.release();
    }
    this.#parts.events.chatChanged(chatId, 'deleted');
  }

  async #begin(request: TurnRequest): Promise<Followable> {
    const { options, context, fingerprint } = request;
    // First of all, so that a request for an unknown model does not interrupt a run.
    const { principal } = context;
    const model = this.#parts.models.resolve(options.model ?? principal.models?.[0], options.parameters);
    if (!mayAsk(principal, model.id)) throw ForbiddenError.model(model.id);
    if (model.ready) await model.ready();
    const ownerId = ownerIdOf(principal);
    const start = (idempotency: Turn['idempotency']) => this.#start({ ...request, model, idempotency });
    const key = context.idempotencyKey;
    if (key === undefined) return start(null);
    return this.#keys.once({ ownerId, key }, fingerprint, start);
  }

  async #start(turn: AcceptedTurn): Promise<Followable> {
    // Before anything else: who may not write here must not stop a run, and not be told that there is one.
    await this.#admit(turn);
    const runId = newId();
    const prepared = turn.hook && (await turn.hook.prepare(runId));
    const lease = await this.#reserve(turn, runId, prepared);
    try {
      return await this.#run(turn, lease, await turn.plan(), prepared);
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  async #admit({ chatId, isNew, context }: AcceptedTurn): Promise<void> {
    if (!isNew && context.principal !== LOCAL) await this.#planner.requireReach(chatId, context);
  }

  /** The hook is released with the lease, so that both are free when the terminal is read. */
  async #reserve(turn: AcceptedTurn, runId: string, prepared: PreparedHook | undefined): Promise<Lease> {
    const { chatId, context } = turn;
    const policy = context.concurrency ?? this.#settings.concurrency;
    const interrupt: StopCause | null = policy === 'interrupt' ? 'superseded' : null;
    const claim = { interrupt, admit: () => this.#admit(turn) };
    const { principal } = context;
    const userId = principal === LOCAL ? null : ownerIdOf(principal);
    if (!prepared) return this.#parts.runs.reserve(chatId, runId, claim, userId);
    try {
      const lease = await this.#parts.runs.reserve(chatId, runId, claim, userId);
      void lease.released.then(() => prepared.release());
      return lease;
    } catch (error) {
      prepared.release();
      throw error;
    }
  }

  /** Takes over the lease, unless it throws. */
  async #run(
    { model, options, context, idempotency, hook }: AcceptedTurn,
    lease: Lease,
    { chat, head, imported, asked, question, history, supersedeFrom }: TurnPlan,
    prepared: PreparedHook | undefined,
  ): Promise<Followable> {
    const room = roomFor(this.#settings, model.contextWindow);
    const system = prepared
      ? await prepared.instructions(room)
      : (chat.systemPrompt ?? head?.systemPrompt ?? this.#settings.defaultSystemPrompt);
    const prompt = await buildPrompt(system, question, history, room, this.#settings);
    const producer = model.answer(prompt.messages);
    const description: RunDescription = {
      runId: lease.runId,
      chatId: lease.key,
      ownerId: head?.ownerId ?? hook?.ownerId ?? ownerIdOf(context.principal),
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
    await this.#parts.store.begin(turn);
    this.#parts.events.turnStored(turn);
    this.#parts.events.promptBuilt(description, prompt.messages);
    const onDisconnect = options.onDisconnect ?? this.#settings.onDisconnect;
    const working = prepared ? prepared.wrap(producer, description) : producer;
    const run = this.#parts.runs.start(lease, description, onDisconnect, working);
    run.log.expectReader();
    // Lets the request to the provider go out before the head of the client's response: the provider is what takes
    // long.
    await nextTurn();
    return run;
  }
}

function placeholder(id: string): NewMessage {
  return { id, role: 'assistant', status: 'streaming', content: '', tokens: null, clientId: null };
}
