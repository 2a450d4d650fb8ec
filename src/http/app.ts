import { randomUUID } from 'node:crypto';
import express, { type Express } from 'express';
import { pinoHttp } from 'pino-http';
import { catalogueRoutes } from './catalogue-routes.ts';
import { chatRoutes } from './chat-routes.ts';
import type { HttpContext } from './context.ts';
import { errorHandler, unknownRoute } from './errors.ts';
import { eventSourceRoutes } from './eventsource/routes.ts';
import { healthRoutes } from './health-routes.ts';
import { openaiErrors } from './openai/errors.ts';
import { openaiRoutes } from './openai/routes.ts';
import { openapiRoutes } from './openapi/routes.ts';
import { OriginPolicy, originGuard } from './origins.ts';
import { pageRoutes } from './page-routes.ts';
import { runRoutes } from './run-routes.ts';

/** The Express application: who may come in, what they can ask for, and what they hear when it goes wrong. */
export function createApp(context: HttpContext): Express {
  const { settings, logger } = context;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(
    pinoHttp({
      logger,
      genReqId: (request, response) => {
        const id = requestId(request.headers['x-request-id']);
        response.setHeader('x-request-id', id);
        return id;
      },
      serializers: {
        req: ({ id, method, url }: { id: unknown; method: string; url: string }) => ({ id, method, url }),
        res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
      },
      customLogLevel: (request) => (request.url?.startsWith('/healthz') ? 'debug' : 'info'),
    }),
  );
  app.use((_request, response, next) => {
    response.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  app.use(healthRoutes(context));
  app.use(originGuard(new OriginPolicy(settings.allowedOrigins)));
  // WorkflowChatTransport posts JSON and calls it text/plain; the guard above keeps strangers' pages out, not the type.
  const json = express.json({ limit: settings.bodyBytes, type: ['json', '+json', 'text/plain'] });
  app.use('/api', json, chatRoutes(context), runRoutes(context), catalogueRoutes(context));
  app.use('/api/v1/llm', eventSourceRoutes(context));
  app.use('/v1', json, openaiRoutes(context), unknownRoute, errorHandler(settings.revealing, openaiErrors));
  app.use(openapiRoutes(context));
  app.use(pageRoutes());
  app.use(unknownRoute);
  app.use(errorHandler(settings.revealing));
  return app;
}

/** The caller's own id, if it is one that can stand in a log; one request is one id from header to database (OPS-1). */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}
