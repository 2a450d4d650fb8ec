import { mayAsk } from '../../auth/principal.ts';
import type { Model } from '../../chat/models.ts';
import type { ListedModel } from '../../wire/models.ts';
import type { RouteContext } from '../context.ts';
import { jsonReply } from '../routing/documentation.ts';
import { sendJson } from '../routing/reply.ts';
import { type Route, route } from '../routing/route.ts';
import { modelsSchema } from '../schemas/models.ts';

/** Which models there are (PROV-3), and how long they may take (RUN-9). */
export function modelRoutes({ models, settings: { timeouts } }: RouteContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/models',
      needs: { action: 'list', resource: 'model' },
      doc: {
        tag: 'Models',
        summary: 'The model catalogue, the default one first',
        replies: { 200: jsonReply('All models', 'Models', modelsSchema) },
        examples: [{ name: 'all', status: 200 }],
      },
      handle: (call) => {
        const listed = models.list().filter(({ id }) => mayAsk(call.principal, id));
        sendJson(call, { models: listed.map(viewOf), timeouts });
      },
    }),
  ];
}

function viewOf({ answer: _, ...card }: Model, index: number): ListedModel {
  return { ...card, default: index === 0 };
}
