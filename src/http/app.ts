import express, { type Express } from 'express';
import { catalogueRoutes } from './catalogue-routes.ts';
import { chatRoutes } from './chat-routes.ts';
import type { HttpContext } from './context.ts';
import { errorHandler, unknownRoute } from './errors.ts';
import { eventSourceRoutes } from './eventsource/routes.ts';
import { healthRoutes } from './health-routes.ts';
import { openaiErrors } from './openai/errors.ts';
import { openaiRoutes } from './openai/routes.ts';
import { openapiRoutes } from './openapi/routes.ts';
import { originGuard } from './origins.ts';
import { pageRoutes } from './page-routes.ts';
import { requestLog } from './request-log.ts';
import { runRoutes } from './run-routes.ts';
import { workspaceRoutes } from './workspace-routes.ts';

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
  const json = express.json({ limit: settings.bodyBytes, type: ['json', '+json', 'text/plain'] });
  app.use(
    '/api',
    json,
    chatRoutes(context),
    runRoutes(context),
    workspaceRoutes(context),
    catalogueRoutes(context),
  );
  app.use('/api/v1/llm', eventSourceRoutes(context));
  app.use(
    '/v1',
    json,
    openaiRoutes(context),
    unknownRoute,
    errorHandler(logger, settings.revealing, openaiErrors),
  );
  app.use(openapiRoutes(context));
  app.use(pageRoutes());
  app.use(unknownRoute);
  app.use(errorHandler(logger, settings.revealing));
  return app;
}
