import express, { type Express } from 'express';
import { apiRoutes } from './api-routes.ts';
import type { HttpContext } from './context.ts';
import { errorHandler, unknownRoute } from './errors.ts';
import { eventSourceRoutes } from './eventsource/routes.ts';
import { handlerOf } from './handler.ts';
import { healthRoutes } from './health-routes.ts';
import { middlewareOf } from './middleware.ts';
import { openaiErrors } from './openai/errors.ts';
import { openaiRoutes } from './openai/routes.ts';
import { openapiRoutes } from './openapi/routes.ts';
import { originGuard } from './origin-guard.ts';
import { pageRoutes } from './page-routes.ts';
import { requestLog } from './request-log.ts';

/** The Express application: who may come in, what they can ask for, and what they hear when it goes wrong. */
export function createApp(context: HttpContext): Express {
  const { settings, logger } = context;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestLog(logger));
  app.use((_request, response, next) => {
    response.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  app.use(healthRoutes(context));
  app.use(originGuard(context.origins));
  // WorkflowChatTransport posts JSON and calls it text/plain; the guard above keeps strangers' pages out, not the type.
  app.use('/api', middlewareOf(handlerOf(apiRoutes(context), context, { plainText: true })));
  const json = express.json({ limit: settings.bodyBytes, type: ['json', '+json', 'text/plain'] });
  app.use('/api/v1/llm', json, eventSourceRoutes(context));
  app.use('/v1', json, openaiRoutes(context), unknownRoute, errorHandler(context, openaiErrors));
  app.use(openapiRoutes(context));
  app.use(pageRoutes());
  app.use(unknownRoute);
  app.use(errorHandler(context));
  return app;
}
