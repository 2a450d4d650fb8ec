import type ShareDB from 'sharedb';
import { ViewerError } from './errors.ts';
import { addressOf, documentsOf, parseRequest, type ViewerRequest } from './requests.ts';

type Receive = ShareDB.middleware.ReceiveContext;
type Agent = Receive['agent'];

export interface ViewerLimits {
  /** Documents that one connection may be subscribed to. */
  subscriptions: number;
  /** Presence channels that one connection may listen to or speak in, and names it may have in them. */
  presences: number;
}

/** What one connection has taken of its limits. */
interface Viewer {
  documents: Set<string>;
  channels: Set<string>;
  /** Its messages are dealt with one after the other. */
  tail: Promise<void>;
}

/**
 * Stands between viewers and ShareDB (MIRROR-4): whatever is not reading a document of a known collection, or telling a
 * name, is refused before ShareDB sees it. `prepare` brings documents up to date that somebody is about to read.
 */
export function guardViewers(
  backend: ShareDB,
  limits: ViewerLimits,
  collections: Readonly<Record<string, (ids: readonly string[]) => Promise<void>>>,
): void {
  const viewers = new WeakMap<Agent, Viewer>();

  backend.use('connect', ({ agent }, next) => {
    if (!agent.stream.isServer) {
      viewers.set(agent, { documents: new Set(), channels: new Set(), tail: Promise.resolve() });
    }
    next();
  });

  backend.use('receive', (context, next) => {
    const viewer = viewers.get(context.agent);
    if (!viewer) return next();
    viewer.tail = viewer.tail.then(() => admit(context, viewer)).then(() => next(), next);
  });

  // The guard above lets no op through. This one does not depend on what messages look like.
  backend.use('submit', ({ agent }, next) => {
    next(viewers.has(agent) ? new ViewerError('read_only', 'Viewers may read.') : undefined);
  });

  async function admit(context: Receive, viewer: Viewer): Promise<void> {
    const message = context.data;
    context.data = addressOf(message);
    const request = parseRequest(message);
    const documents = documentsOf(request);
    const prepare =
      documents && Object.hasOwn(collections, documents.collection)
        ? collections[documents.collection]
        : undefined;
    if (documents && !prepare) {
      throw new ViewerError('unknown_collection', `There is no collection ${documents.collection} here.`);
    }
    context.data = request;
    count(request, viewer, limits);
    if (documents && READS.has(request.a)) await prepare?.(documents.ids);
  }
}

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
