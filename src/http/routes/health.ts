import type { Readiness } from '../../wire/health.ts';
import type { HttpContext } from '../context.ts';
import { jsonReply } from '../routing/documentation.ts';
import { sendJson } from '../routing/reply.ts';
import { type RouteGroup, route } from '../routing/route.ts';
import { alivenessSchema, readinessSchema } from '../schemas/health.ts';

/** For probes (OPS-2). Before the origin guard, because probes use any address of the machine as the host. */
export function healthApi({ runs, providers, condition }: HttpContext): RouteGroup {
  const routes = [
    route({
      method: 'GET',
      path: '/healthz',
      needs: 'public',
      doc: {
        tag: 'Operation',
        summary: 'Whether the process is alive',
        replies: { 200: jsonReply('It is.', 'Aliveness', alivenessSchema) },
        examples: [{ name: 'alive', status: 200 }],
      },
      handle: (call) => sendJson(call, { status: 'alive' }),
    }),

    route({
      method: 'GET',
      path: '/readyz',
      needs: 'public',
      doc: {
        tag: 'Operation',
        summary: 'Whether it can take requests',
        replies: {
          200: jsonReply('It can.', 'Readiness', readinessSchema),
          503: jsonReply('It cannot.', 'Readiness', readinessSchema),
        },
        examples: [{ name: 'ready', status: 200 }],
      },
      handle: async (call) => {
        const { database, lastWrite } = await condition();
        const ready = database === 'reachable' && lastWrite === 'stored' && runs.accepting;
        const readiness: Readiness = {
          status: ready ? 'ready' : 'not ready',
          database,
          lastWrite,
          draining: !runs.accepting,
          liveRuns: runs.liveCount,
          providers: { ...providers() },
        };
        sendJson(call, readiness, ready ? 200 : 503);
      },
    }),
  ];
  return { at: '', routes };
}
