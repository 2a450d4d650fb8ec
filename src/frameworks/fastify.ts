import type { FastifyPluginCallback } from 'fastify';
import type { RouteContext } from '../http/context.ts';
import { type AdapterOptions, mounted } from './options.ts';

export { OriginPolicy } from '../http/origins/origin-policy.ts';
export type { AdapterOptions } from './options.ts';

export interface ChatPluginOptions extends AdapterOptions {
  service: RouteContext;
}

/**
 * The handler knows which of them a path has, and replies to the others. HEAD comes with GET. OPTIONS, with which
 * browsers ask for other origins, is left to a plugin of the application unless it has given us the origins.
 */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * An API for Fastify (5): `app.register(chatPlugin, { prefix: '/api', service })`, `app.register(chatPlugin, { prefix:
 * '/v1', service, api: 'openai' })`. Hooks before the handler run as usual, and headers that they set are sent; the
 * response itself is written to Node's response, past serializers and `onSend`.
 */
export const chatPlugin: FastifyPluginCallback<ChatPluginOptions> = (app, { service, ...options }, done) => {
  const { group, handle } = mounted(service, options, app.prefix);
  // The handler reads bodies itself, in this plugin only.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
  for (const path of new Set(group.routes.map((route) => route.path))) {
    app.route({
      // Fastify's wildcards have no name.
      url: path.replace(/\*\w+$/, '*'),
      method: options.origins ? [...METHODS, 'OPTIONS'] : METHODS,
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
