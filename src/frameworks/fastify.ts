import type { FastifyPluginCallback } from 'fastify';
import { apiRoutes } from '../http/api-routes.ts';
import type { RouteContext } from '../http/context.ts';
import { handlerOf } from '../http/handler.ts';

export interface ChatPluginOptions {
  service: RouteContext;
}

/** The handler knows which of them there are, and says so to the others. HEAD comes with GET. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * The API for Fastify (5): `app.register(chatPlugin, { prefix: '/api', service })`. Hooks before the handler run as
 * usual, and headers that they set are sent along; the answer itself goes to Node's response, past serializers and
 * `onSend`.
 */
export const chatPlugin: FastifyPluginCallback<ChatPluginOptions> = (app, { service }, done) => {
  const routes = apiRoutes(service);
  const handle = handlerOf(routes, service, { at: app.prefix });
  // The handler reads bodies itself, in this plugin only.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
  for (const url of new Set(routes.map(({ path }) => path))) {
    app.route({
      url,
      method: METHODS,
      handler: async ({ raw }, reply) => {
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value);
        }
        reply.hijack();
        await handle(raw, reply.raw);
      },
    });
  }
  done();
};
