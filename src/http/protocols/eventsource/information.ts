import { z } from 'zod';
import type { Model } from '../../../chat/models.ts';
import { NotFoundError } from '../../../errors.ts';
import type { RouteContext } from '../../context.ts';
import { jsonReply } from '../../routing/documentation.ts';
import { sendJson } from '../../routing/reply.ts';
import { type Route, route } from '../../routing/route.ts';
import { llmHealthSchema, providerModelsSchema, providersSchema } from '../../schemas/eventsource.ts';
import { providerNames } from './request.ts';

/** What a page with `EventSource` wants to know beside completions: providers, their models, health. */
export function informationRoutes({ models, runs }: RouteContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/providers',
      needs: { action: 'list', resource: 'model' },
      doc: {
        tag: 'EventSource',
        summary: 'Who answers',
        replies: { 200: jsonReply('All', 'Providers', providersSchema) },
        examples: [{ name: 'all', status: 200 }],
      },
      handle: (call) => {
        const providers = providerNames(models).map((id) => ({ id, models: modelsOf(id).length }));
        sendJson(call, { providers });
      },
    }),

    route({
      method: 'GET',
      path: '/providers/:provider/models',
      needs: { action: 'list', resource: 'model' },
      params: z.object({ provider: z.string() }),
      doc: {
        tag: 'EventSource',
        summary: 'What a provider offers',
        replies: { 200: jsonReply('Its models', 'ProviderModels', providerModelsSchema) },
        examples: [{ name: 'one that there is not', status: 404, params: { provider: 'nobody' } }],
      },
      handle: (call) => {
        const { provider } = call.params;
        const offered = modelsOf(provider);
        if (offered.length === 0) throw new NotFoundError(`Provider ${provider}`);
        sendJson(call, { models: offered.map(modelView) });
      },
    }),

    route({
      method: 'GET',
      path: '/health',
      needs: 'public',
      doc: {
        tag: 'EventSource',
        summary: 'Whether it takes requests',
        replies: {
          200: jsonReply('It does.', 'LlmHealth', llmHealthSchema),
          503: jsonReply('It does not.', 'LlmHealth', llmHealthSchema),
        },
        examples: [{ name: 'healthy', status: 200 }],
      },
      handle: (call) => {
        const { accepting } = runs;
        const health = {
          status: accepting ? 'ok' : 'shutting down',
          timestamp: new Date().toISOString(),
          providers: providerNames(models),
        };
        sendJson(call, health, accepting ? 200 : 503);
      },
    }),
  ];

  function modelsOf(provider: string): Model[] {
    return models.list().filter((model) => model.provider === provider);
  }
}

function modelView({ answer: _, ...card }: Model) {
  return card;
}
