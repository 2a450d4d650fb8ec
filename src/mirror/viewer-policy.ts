import type ShareDB from 'sharedb';
import { ViewerError } from './errors.ts';
import { addressOf, documentsOf, parseRequest, type ViewerRequest } from './requests.ts';
import { ViewerStream } from './viewer-stream.ts';

type Receive = ShareDB.middleware.ReceiveContext;
type Agent = Receive['agent'];

/** What viewers may do in a collection. */
export interface CollectionPolicy {
  /** Brings documents up to date that somebody is about to read; never rejects. */
  prepare?(ids: readonly string[]): Promise<void>;
  /** Takes ops from viewers; whoever gives this checks them. Throws ViewerError for one that is never right. */
  acceptOp?(op: unknown): unknown;
}

export interface ViewerLimits {
  /** Documents that one connection may be subscribed to. */
  subscriptions: number;
  /** Presence channels that one connection may listen to or speak in, and names it may have in them. */
  presences: number;
  /** Messages that may wait for their turn; a connection with more of them ends. */
  waiting: number;
}

/** A connection, and what it has taken of its limits. */
interface Viewer {
  documents: Set<string>;
  channels: Set<string>;
  /** Its messages are dealt with one after the other, and no further when it does not read the answers. */
  tail: Promise<void>;
  waiting: number;
  /** Called with the action of everything that is sent to it. */
  sent: (action: unknown) => void;
}

/**
 * Stands between viewers and ShareDB (MIRROR-4): whatever is not reading a document of a known collection, or telling a
 * name, is refused before ShareDB sees it.
 */
export function guardViewers(
  backend: ShareDB,
  limits: ViewerLimits,
  collections: Readonly<Record<string, CollectionPolicy>>,
): void {
  const viewers = new WeakMap<Agent, Viewer>();

  backend.use('connect', ({ agent }, next) => {
    if (!agent.stream.isServer) {
      viewers.set(agent, {
        documents: new Set(),
        channels: new Set(),
        tail: Promise.resolve(),
        waiting: 0,
        sent: () => {},
      });
    }
    next();
  });

  backend.on('send', (agent, message) => viewers.get(agent)?.sent(message.a));

  backend.use('receive', (context, next) => {
    const viewer = viewers.get(context.agent);
    if (!viewer) return next();
    const weight = context.data.a === 'op' ? OP_WEIGHT : 1;
    viewer.waiting += weight;
    if (viewer.waiting > limits.waiting) context.agent.stream.destroy(tooManyMessages());
    viewer.tail = viewer.tail.then(() => deal(context, viewer, weight, next));
  });

  // The guard above lets no other op through. This one does not depend on what messages look like.
  backend.use('submit', ({ agent, collection }, next) => {
    const refused = viewers.has(agent) && !isWritable(collection);
    next(refused ? new ViewerError('read_only', 'Viewers may read.') : undefined);
  });

  async function deal(
    context: Receive,
    viewer: Viewer,
    weight: number,
    next: (error?: unknown) => void,
  ): Promise<void> {
    viewer.waiting -= weight;
    const { stream } = context.agent;
    if (stream.destroyed) return;
    try {
      const request = await admit(context, viewer);
      const answered =
        READS.has(request.a) &&
        new Promise<void>((resolve) => {
          viewer.sent = (action) => action === request.a && resolve();
        });
      next();
      await answered;
    } catch (error) {
      next(error);
    }
    if (stream instanceof ViewerStream) await stream.drained();
  }

  async function admit(context: Receive, viewer: Viewer): Promise<ViewerRequest> {
    const message = context.data;
    context.data = addressOf(message);
    const request = parseRequest(message, isWritable);
    const documents = documentsOf(request);
    const policy = documents && collectionOf(documents.collection);
    if (request.a === 'op') request.op = policy?.acceptOp?.(request.op);
    context.data = request;
    count(request, viewer, limits);
    if (documents && READS.has(request.a)) await policy?.prepare?.(documents.ids);
    return request;
  }

  function collectionOf(name: string): CollectionPolicy {
    const policy = Object.hasOwn(collections, name) ? collections[name] : undefined;
    if (!policy) throw new ViewerError('unknown_collection', `There is no collection ${name} here.`);
    return policy;
  }

  function isWritable(name: unknown): boolean {
    const known = typeof name === 'string' && Object.hasOwn(collections, name);
    return known && collections[name]?.acceptOp !== undefined;
  }
}

/** An op can be that many times as long as other messages. */
const OP_WEIGHT = 8;

const READS = new Set<ViewerRequest['a']>(['f', 's', 'bf', 'bs']);

function count(request: ViewerRequest, { documents, channels }: Viewer, limits: ViewerLimits): void {
  switch (request.a) {
    case 's':
    case 'bs':
      for (const name of namesOf(request)) documents.add(name);
      if (documents.size <= limits.subscriptions) return;
      for (const name of namesOf(request)) documents.delete(name);
      throw new ViewerError(
        'too_many_subscriptions',
        `One connection may be subscribed to ${limits.subscriptions} documents.`,
      );
    case 'u':
    case 'bu':
      for (const name of namesOf(request)) documents.delete(name);
      return;
    case 'p':
    case 'ps': {
      const name = request.a === 'p' ? `${request.ch}\0${request.id}` : request.ch;
      if (request.a === 'p' && request.p === null) channels.delete(name);
      else channels.add(name);
      if (channels.size <= limits.presences) return;
      channels.delete(name);
      throw new ViewerError('too_many_presences', `One connection may have ${limits.presences} presences.`);
    }
    case 'pu':
      channels.delete(request.ch);
  }
}

function namesOf(request: ViewerRequest): string[] {
  const { collection, ids } = documentsOf(request) ?? { collection: '', ids: [] };
  return ids.map((id) => `${collection}/${id}`);
}

/** How the stream is told with what code to end its connection. */
function tooManyMessages(): Error {
  return Object.assign(new Error('A viewer sent messages faster than they were answered.'), {
    closeCode: 1008,
    closeReason: 'too_many_messages',
  });
}
