import { z } from 'zod';
import { ownersInUsage } from '../../auth/principal.ts';
import { usageReport } from '../../chat/usage-report.ts';
import { InvalidRequestError } from '../../errors.ts';
import type { RouteContext } from '../context.ts';
import { jsonReply } from '../routing/documentation.ts';
import { sendJson } from '../routing/reply.ts';
import { type Route, route } from '../routing/route.ts';
import { usageReportSchema } from '../schemas/usage.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const moment = z.union(
  [z.iso.date(), z.iso.datetime({ offset: true })],
  'must be a date (2026-11-21, in UTC) or a moment (2026-11-21T12:00:00Z)',
);

const usageQuery = z.strictObject({
  /** The start of the period. Default: 30 days before `to`. */
  from: moment.optional(),
  /** The end of the period; a date includes that day. Default: now. */
  to: moment.optional(),
  /** Of chats, and of single runs. */
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** What was used of the models, and what it cost (RUN-11). */
export function usageRoutes({ models, usage }: RouteContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/usage',
      needs: { action: 'read', resource: 'usage' },
      query: usageQuery,
      doc: {
        tag: 'Models',
        summary: 'What was used, and what it cost',
        replies: { 200: jsonReply('The report', 'UsageReport', usageReportSchema) },
        examples: [{ name: 'the last 30 days', status: 200 }],
      },
      handle: async (call) => {
        const { limit, ...period } = call.query;
        const query = { ...periodOf(period), owners: ownersInUsage(call.principal) };
        sendJson(call, await usageReport(usage, query, models.list(), limit));
      },
    }),
  ];
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
