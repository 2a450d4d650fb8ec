import type ShareDB from 'sharedb';
import { LOCAL } from '../../auth/principal.ts';
import type { Agent } from '../agent.ts';
import { ViewerStream } from '../sockets/viewer-stream.ts';

/** ShareDB's subscriptions of a connection, by collection and id, which its types do not declare. */
type Subscriptions = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/**
 * A document whose id is used again may belong to somebody else. Viewers that are still subscribed to the earlier one
 * are disconnected before it is stored. They reconnect by themselves, and only those that may read it get it (AUTH-6).
 * Nothing is done without authentication.
 */
export function disconnectFromRecreated(sharedb: ShareDB): void {
  const agents = new Set<Agent>();
  sharedb.use('connect', ({ agent, stream }, next) => {
    if (stream instanceof ViewerStream && stream.principal !== LOCAL) {
      agents.add(agent);
      stream.once('close', () => agents.delete(agent));
    }
    next();
  });
  sharedb.use('commit', ({ collection, id, op }, next) => {
    if ('create' in op && op.create) {
      for (const agent of agents) if (isSubscribed(agent, collection, id)) agent.stream.destroy(recreated());
    }
    next();
  });
}

function isSubscribed(agent: Agent, collection: string, id: string): boolean {
  const { subscribedDocs, subscribedPresences } = agent as unknown as {
    subscribedDocs: Subscriptions;
    subscribedPresences: Readonly<Record<string, unknown>>;
  };
  if (subscribedDocs[collection]?.[id] !== undefined) return true;
  const channels = [`${collection}/${id}`, `${collection}.${id}`];
  return channels.some((channel) => Object.hasOwn(subscribedPresences, channel));
}

/** Tells the stream with which code to close the connection. */
function recreated(): Error {
  return Object.assign(new Error('A viewer watched a document whose id is used again.'), {
    closeCode: 1012,
    closeReason: 'document_recreated',
  });
}
