import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type ShareDB from 'sharedb';
import { LOCAL, type Principal } from '../../auth/principal.ts';
import type { Agent } from '../agent.ts';
import type { Collections } from '../collections.ts';
import { toViewer, ViewerError } from '../errors.ts';
import { charactersOf } from '../json0.ts';
import type { PresenceChannels } from '../presence-channels.ts';
import { ViewerStream } from '../sockets/viewer-stream.ts';
import type { DocumentDatabase } from '../storage/document-database.ts';
import { Handshakes } from './handshakes.ts';
import { countUsage, type ViewerLimits } from './limits.ts';
import { type ReadRequest, type Recipient, splitRead } from './reads.ts';
import { send, sendOps } from './send.ts';
import type { Pace } from './text-pace.ts';
import { Viewer } from './viewer.ts';
import { addressOf, documentsOf, parseRequest, type ViewerRequest } from './viewer-requests.ts';
import type { WorkBudgets } from './work-budgets.ts';

export interface GuardContext {
  documents: DocumentDatabase;
  presences: PresenceChannels;
  budgets: WorkBudgets;
  limits: ViewerLimits;
  collections: Collections;
}

/** A message of a viewer on its way to ShareDB. */
interface Incoming {
  context: ShareDB.middleware.ReceiveContext;
  /** How many messages it counts as while it waits. */
  weight: number;
  pace: Pace;
  next: (error?: unknown) => void;
}

/** An op can be so many times as long as other messages. */
const OP_WEIGHT = 8;

/** CPU time that a message takes at least, roughly; ms. */
const MESSAGE_MS = 0.05;

const READS = new Set<ViewerRequest['a']>(['f', 's', 'bf', 'bs']);

/**
 * Stands between viewers and ShareDB (MIRROR-4): whatever is not reading a document of a registered collection,
 * changing one that takes ops of viewers, or a presence, is refused before ShareDB sees it. What is let through reaches
 * ShareDB in parts of a few milliseconds, so that no viewer's messages delay everybody else (LIMIT-2).
 */
export class ViewerGuard {
  readonly #context: GuardContext;
  readonly #viewers = new WeakMap<Agent, Viewer>();
  readonly #handshakes = new Handshakes();

  constructor(context: GuardContext) {
    this.#context = context;
  }

  /** Registers the guard as ShareDB's middleware. */
  attach(sharedb: ShareDB): void {
    sharedb.use('connect', ({ agent, stream }, next) => {
      if (agent.stream.isServer) return next();
      if (!(stream instanceof ViewerStream && stream.identity)) {
        return next(new Error('A viewer comes over a ViewerStream.'));
      }
      this.#connect(new Viewer(agent, stream, stream.identity, this.#context.limits));
      next();
    });
    sharedb.on('send', (agent, message) => this.#viewers.get(agent)?.reply.sent(message));
    sharedb.use('receive', (context, next) => {
      const viewer = this.#viewers.get(context.agent);
      if (viewer) this.#receive(viewer, context, next);
      else next();
    });
  }

  #connect(viewer: Viewer): void {
    const { agent, stream, identity } = viewer;
    this.#viewers.set(agent, viewer);
    this.#context.budgets.open(agent);
    Object.assign(agent, { src: identity.name });
    stream.once('close', () => {
      this.#handshakes.release(viewer);
      this.#context.presences.remove(viewer.usage.presences.values());
      viewer.reply.close();
    });
  }

  /** Queues a message behind the earlier ones of its connection. */
  #receive(viewer: Viewer, context: Incoming['context'], next: Incoming['next']): void {
    const isOp = context.data.a === 'op';
    const weight = isOp ? OP_WEIGHT : 1;
    viewer.waiting += weight;
    if (viewer.waiting > this.#context.limits.waiting) viewer.stream.destroy(tooManyMessages());
    const pace = isOp ? viewer.textPace.take(charactersOf(context.data.op)) : { due: 0, isTooMuch: false };
    const message = { context, weight, pace, next };
    viewer.lastMessage = viewer.lastMessage.then(() => this.#process(viewer, message));
  }

  async #process(viewer: Viewer, message: Incoming): Promise<void> {
    const { stream, agent } = viewer;
    const { budgets } = this.#context;
    // Other connections get a turn of the event loop between two messages of one.
    await nextTurn();
    const waitMs = Math.max(message.pace.due - performance.now(), budgets.debtMs(agent));
    if (waitMs > 0 && !stream.destroyed) await sleep(waitMs, undefined, { ref: false });
    viewer.waiting -= message.weight;
    if (stream.destroyed) return;
    try {
      await this.#pass(viewer, message, await this.#admit(viewer, message));
    } catch (error) {
      message.next(toViewer(error));
    }
    budgets.spend(agent, MESSAGE_MS);
    await stream.drained();
  }

  /** Parses and checks a message. Throws ViewerError for one that is refused. */
  async #admit(viewer: Viewer, { context, pace }: Incoming): Promise<ViewerRequest> {
    const { collections, documents, limits } = this.#context;
    const message = context.data;
    // Until it is admitted, ShareDB gets no more of it than it needs to send the error.
    context.data = addressOf(message);
    const request = parseRequest(message, collections);
    const name = documentsOf(request)?.collection;
    const collection = name === undefined ? null : collections.get(name);
    const { principal } = viewer.stream;
    if (request.a === 'hs') this.#handshakes.accept(viewer, request);
    if (request.a === 'op') {
      await collections.requireDocument({ principal, action: 'write' }, request.c, request.d);
      if (pace.isTooMuch)
        throw new ViewerError('limit_exceeded', 'That is more text than one may send in this time.');
      request.op = collection?.viewerOps?.parse(request.op);
      request.src = viewer.identity.sourceOf(request.src);
      if (request.src === null) throw new ViewerError('invalid_op', 'The op has a src that is not yours.');
      await viewer.checkVersion(documents, request.c, request.d, request.v ?? null);
      // What was stored since its version is sent with the acknowledgement.
      await requireShared(documents, principal, request.c, request.d, request.v ?? null);
    }
    if (request.a === 'p' || request.a === 'ps' || request.a === 'pr') {
      await collections.requirePresence(principal, request.ch);
    }
    if (request.a === 'p') {
      request.id = viewer.identity.presenceId(request.id);
      request.p = named(request.p, principal);
    }
    context.data = request;
    countUsage(request, viewer.usage, limits);
    return request;
  }

  /** Passes a request on to ShareDB, with everything that viewers need before and after it. */
  async #pass(viewer: Viewer, message: Incoming, request: ViewerRequest): Promise<void> {
    if (!isRead(request)) {
      await this.#handOver(viewer, message, request);
      if (request.a === 'ps' || request.a === 'pr') await this.#sendPresences(viewer, request.ch);
      return;
    }
    const { documents, collections } = this.#context;
    const { principal } = viewer.stream;
    const prepare = async (id: string, version: number | null) => {
      await collections.requireDocument({ principal, action: 'read' }, request.c, id);
      await viewer.checkVersion(documents, request.c, id, version);
      await collections.get(request.c).prepare?.(id);
      await requireShared(documents, principal, request.c, id, version);
    };
    for await (const part of splitRead(request, documents, prepare, this.#recipient(viewer))) {
      if (viewer.stream.destroyed) return;
      await this.#handOver(viewer, message, part);
    }
  }

  /** Resolves when ShareDB has replied, and the viewer can take more. */
  async #handOver(
    { reply, stream }: Viewer,
    { context, next }: Incoming,
    request: ViewerRequest,
  ): Promise<void> {
    const replied = reply.wait(request);
    context.data = request;
    next();
    await replied;
    await stream.drained();
  }

  /** Sends the presences of others; asks a client that has reconnected to submit its own ones again. */
  async #sendPresences(viewer: Viewer, channel: string): Promise<void> {
    const { agent, identity } = viewer;
    await this.#context.presences.sendTo(channel, (presence) => {
      if (presence.src !== identity.name) send(agent, { ...presence });
    });
    if (this.#handshakes.isReconnected(viewer)) send(agent, { a: 'pr', ch: channel });
  }

  #recipient({ agent, usage }: Viewer): Recipient {
    return {
      ops: (collection, id, ops) => sendOps(agent, collection, id, ops),
      refused(request, { code, message }) {
        if (request.a === 's') usage.documents.delete(`${request.c}/${request.d}`);
        send(agent, { ...request, error: { code, message } });
      },
      spent: (ms) => this.#context.budgets.spend(agent, ms),
    };
  }
}

/**
 * Guests see what was shared with them, and no version from before. Those who may only read need none at all: they load
 * the document afresh. Throws ViewerError (AUTH-7).
 */
async function requireShared(
  documents: DocumentDatabase,
  { share }: Principal,
  collection: string,
  id: string,
  version: number | null,
): Promise<void> {
  if (!share) return;
  await documents.requireSince(collection, id, version, share.access === 'write' ? share.createdAt : null);
}

/** A presence as others see it: with the name of the principal, where there are principals. */
function named(presence: unknown, principal: Principal): unknown {
  if (principal === LOCAL || typeof presence !== 'object' || presence === null) return presence;
  return { ...presence, name: principal.name ?? principal.userId };
}

function isRead(request: ViewerRequest): request is ReadRequest {
  return READS.has(request.a);
}

/** Tells the stream with which code to close the connection. */
function tooManyMessages(): Error {
  return Object.assign(new Error('A viewer sent messages faster than they were answered.'), {
    closeCode: 1008,
    closeReason: 'too_many_messages',
  });
}
