import { z } from 'zod';
import type { Model } from '../chat/models.ts';
import { parse } from '../chat/question.ts';
import { usageReport } from '../chat/usage.ts';
import { InvalidRequestError } from '../errors.ts';
import type { RouteContext } from './context.ts';
import { queryOf } from './request.ts';
import { get, type Route, sendJson } from './route.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const moment = z.union(
  [z.iso.date(), z.iso.datetime({ offset: true })],
  'must be a date (2026-11-21, in UTC) or a moment (2026-11-21T12:00:00Z)',
);

/** The query of GET /api/usage. */
export const usageQuery = z.strictObject({
  /** From when on. Default: 30 days before `to`. */
  from: moment.optional(),
  /** Until when; a date means to the end of that day. Default: now. */
  to: moment.optional(),
  /** Of chats, and of single runs. */
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Which models there are (PROV-3) and how long they may take (RUN-9), and what was used of them (RUN-11). */
export function catalogueRoutes({ models, usage, settings: { timeouts } }: RouteContext): Route[] {
  return [
    get('/models', (call) => {
      sendJson(call, { models: models.list().map(viewOf), timeouts });
    }),

    get('/usage', async (call) => {
      const { limit, ...query } = parse(usageQuery, queryOf(call));
      sendJson(call, await usageReport(usage, periodOf(query), models.list(), limit));
    }),
  ];
}

function viewOf({ answer: _, ...card }: Model, index: number) {
  return { ...card, default: index === 0 };
}

function periodOf(query: { from?: string | undefined; to?: string | undefined }) {
  const to = query.to === undefined ? new Date() : endOf(query.to);
  const from = query.from === undefined ? new Date(to.getTime() - 30 * DAY_MS) : new Date(query.from);
  if (from < to) return { from, to };
  throw InvalidRequestError.field('from', 'must be before "to"');
}

function endOf(moment: string): Date {
  const time = new Date(moment).getTime();
  return new Date(moment.length === '2026-11-21'.length ? time + DAY_MS : time);
}
