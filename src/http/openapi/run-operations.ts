import { followQuery } from '../follow.ts';
import { liveRunsQuery } from '../run-routes.ts';
import { EVENT_STREAM_REPLY, EXAMPLE_CHAT, type Operation } from './operation.ts';
import { liveRunsSchema, runSchema } from './schemas.ts';

/** Stands for a run of the example chat, which has another id each time. */
export const EXAMPLE_RUN = '00000000-0000-4000-8000-000000000000';

const path = { runId: EXAMPLE_RUN };
const NOTHING = { description: 'There is nothing more to receive.' };
const RUN = { name: 'Run', schema: runSchema };

export const runOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/runs',
    tag: 'Runs',
    summary: 'List the runs that live now',
    query: liveRunsQuery,
    replies: { 200: { description: 'All of them', schema: { name: 'LiveRuns', schema: liveRunsSchema } } },
    examples: [{ name: 'live', status: 200, query: { status: 'live' } }],
  },
  {
    method: 'get',
    path: '/api/runs/{runId}',
    tag: 'Runs',
    summary: 'Look at a run',
    replies: { 200: { description: 'The run', schema: RUN } },
    examples: [{ name: 'a run', status: 200, path }],
  },
  {
    method: 'get',
    path: '/api/runs/{runId}/stream',
    tag: 'Runs',
    summary: 'Follow a run from any position',
    description:
      'Live, ended, or from before a restart; in any protocol. Takes the id of a chat that is answering, too.',
    query: followQuery,
    headers: ['Last-Event-ID'],
    replies: { 200: EVENT_STREAM_REPLY, 204: NOTHING },
    examples: [
      { name: 'from the start', status: 200, path },
      { name: 'from a position', status: 200, path, query: { after: `${EXAMPLE_RUN}:5` } },
      { name: 'as OpenAI says it', status: 200, path, query: { protocol: 'openai' } },
    ],
  },
  {
    method: 'get',
    path: '/api/chat/{chatId}/stream',
    tag: 'Runs',
    summary: 'Follow what a chat is answering now',
    query: followQuery,
    headers: ['Last-Event-ID'],
    replies: { 200: EVENT_STREAM_REPLY, 204: { description: 'The chat is not answering.' } },
    examples: [{ name: 'an idle chat', status: 204, path: { chatId: EXAMPLE_CHAT } }],
  },
  {
    method: 'post',
    path: '/api/runs/{runId}/stop',
    tag: 'Runs',
    summary: 'Stop a run for everybody',
    replies: {
      200: { description: 'It had ended already.', schema: RUN },
      202: { description: 'It is being stopped.', schema: RUN },
    },
    examples: [{ name: 'a run that has ended', status: 200, path }],
  },
];
