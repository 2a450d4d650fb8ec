import { ViewerError } from '../errors.ts';
import type { Rate } from './token-bucket.ts';
import { documentsOf, type ViewerRequest } from './viewer-requests.ts';

export interface ViewerLimits {
  /** Documents that one connection may be subscribed to. */
  subscriptions: number;
  /** Presence channels that one connection may subscribe to, and presences that it may have, together. */
  presences: number;
  /** Messages that may wait to be processed; a connection with more of them is closed. */
  waiting: number;
  /** Characters that one connection may add to the history of documents. */
  text: Rate;
  /** How long an op is delayed at most for that; ms. */
  textDelayMs: number;
}

export const VIEWER_LIMITS: ViewerLimits = {
  subscriptions: 100,
  presences: 20,
  waiting: 1_000,
  text: { perSecond: 1024 * 1024, burst: 4 * 1024 * 1024 },
  textDelayMs: 2_000,
};

/** What a connection uses of them. */
export interface Usage {
  /** Those it is subscribed to. */
  documents: Set<string>;
  channels: Set<string>;
  /** Its presences, each with its latest version. */
  presences: Map<string, { ch: string; id: string; pv: number }>;
}

/** How many versions of a presence may be skipped. */
const MAX_SKIPPED = 1_000;

/** Counts what a request uses. Throws ViewerError when that is more than a limit. */
export function countUsage(request: ViewerRequest, usage: Usage, limits: ViewerLimits): void {
  const { documents, channels } = usage;
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
      countPresence(request, usage, limits);
      return;
    case 'ps':
      channels.add(request.ch);
      if (sizeOf(usage) <= limits.presences) return;
      channels.delete(request.ch);
      throw tooManyPresences(limits);
    case 'pu':
      channels.delete(request.ch);
  }
}

function countPresence(
  { ch, id, p, pv }: Extract<ViewerRequest, { a: 'p' }>,
  usage: Usage,
  limits: ViewerLimits,
): void {
  const name = `${ch}\0${id}`;
  const known = usage.presences.get(name);
  if (known && pv > known.pv + MAX_SKIPPED) {
    throw new ViewerError(
      'invalid_presence',
      `A presence counts its versions; after ${known.pv} came ${pv}.`,
    );
  }
  if (p === null) {
    usage.presences.delete(name);
    return;
  }
  if (!known && sizeOf(usage) >= limits.presences) throw tooManyPresences(limits);
  usage.presences.set(name, { ch, id, pv });
}

function sizeOf({ channels, presences }: Usage): number {
  return channels.size + presences.size;
}

function tooManyPresences({ presences }: ViewerLimits): ViewerError {
  return new ViewerError('too_many_presences', `One connection may have ${presences} presences.`);
}

function namesOf(request: ViewerRequest): string[] {
  const { collection, ids } = documentsOf(request) ?? { collection: '', ids: [] };
  return ids.map((id) => `${collection}/${id}`);
}
