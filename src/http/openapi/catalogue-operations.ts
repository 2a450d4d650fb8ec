import { usageQuery } from '../catalogue-routes.ts';
import { alivenessSchema, modelsSchema, readinessSchema, usageReportSchema } from './catalogue-schemas.ts';
import type { Operation } from './operation.ts';

export const catalogueOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/models',
    tag: 'Models',
    summary: 'The model catalogue, the default one first',
    replies: { 200: { description: 'All models', schema: { name: 'Models', schema: modelsSchema } } },
    examples: [{ name: 'all', status: 200 }],
  },
  {
    method: 'get',
    path: '/api/usage',
    tag: 'Models',
    summary: 'What was used, and what it cost',
    query: usageQuery,
    replies: {
      200: { description: 'The report', schema: { name: 'UsageReport', schema: usageReportSchema } },
    },
    examples: [{ name: 'the last 30 days', status: 200 }],
  },
  {
    method: 'get',
    path: '/healthz',
    tag: 'Operation',
    summary: 'Whether the process is alive',
    replies: { 200: { description: 'It is.', schema: { name: 'Aliveness', schema: alivenessSchema } } },
    examples: [{ name: 'alive', status: 200 }],
  },
  {
    method: 'get',
    path: '/readyz',
    tag: 'Operation',
    summary: 'Whether it can take requests',
    replies: {
      200: { description: 'It can.', schema: { name: 'Readiness', schema: readinessSchema } },
      503: { description: 'It cannot.', schema: { name: 'Readiness', schema: readinessSchema } },
    },
    examples: [{ name: 'ready', status: 200 }],
  },
];
