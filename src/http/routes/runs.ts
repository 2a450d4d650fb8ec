import { z } from 'zod';
import { ownerIdOf } from '../../auth/principal.ts';
import { NotFoundError } from '../../errors.ts';
import type { Followable } from '../../runs/followable.ts';
import type { Run } from '../../runs/run.ts';
import type { LiveRun, RunView } from '../../wire/runs.ts';
import type { RouteContext } from '../context.ts';
import { EVENT_STREAM_REPLY, EXAMPLE_CHAT, EXAMPLE_RUN, jsonReply } from '../routing/documentation.ts';
import { sendJson, sendNothing } from '../routing/reply.ts';
import { type Route, route } from '../routing/route.ts';
import { liveRunsSchema, runSchema } from '../schemas/runs.ts';
import { follow, followQuery, resumeOptions } from '../streaming/follow.ts';
import { chatParams, runIdSchema, runParams } from './parameters.ts';

/** The id of a run, or of a chat. */
const followParams = z.object({ runId: chatParams.shape.chatId });

const liveRunsQuery = z.strictObject({ status: z.literal('live') });

const exampleParams = { runId: EXAMPLE_RUN };

/** Runs: look at, follow, stop. */
export function runRoutes(context: RouteContext): Route[] {
  const { runs } = context;
  return [
    route({
      method: 'GET',
      path: '/runs',
      needs: { action: 'list', resource: 'run' },
      query: liveRunsQuery,
      doc: {
        tag: 'Runs',
        summary: 'List the runs that live now',
        replies: { 200: jsonReply('All of them', 'LiveRuns', liveRunsSchema) },
        examples: [{ name: 'live', status: 200, query: { status: 'live' } }],
      },
      handle: (call) => {
        const ownerId = ownerIdOf(call.principal);
        const own = [...runs.live].filter(({ description }) => description.ownerId === ownerId);
        sendJson(call, { runs: own.map(liveRunView) });
      },
    }),

    route({
      method: 'GET',
      path: '/runs/:runId',
      needs: { action: 'read', resource: 'run' },
      params: runParams,
      doc: {
        tag: 'Runs',
        summary: 'Look at a run',
        replies: { 200: jsonReply('The run', 'Run', runSchema) },
        examples: [{ name: 'a run', status: 200, params: exampleParams }],
      },
      handle: async (call) => sendJson(call, runView(await open(call.params.runId))),
    }),

    route({
      method: 'GET',
      path: '/runs/:runId/stream',
      needs: { action: 'read', resource: 'run' },
      params: followParams,
      query: followQuery,
      doc: {
        tag: 'Runs',
        summary: 'Follow a run from any position',
        description:
          'Live, ended, or from before a restart; in any protocol. Takes the id of a chat that is answering, too.',
        headers: ['Last-Event-ID'],
        replies: { 200: EVENT_STREAM_REPLY, 204: { description: 'There is nothing more to receive.' } },
        examples: [
          { name: 'from the start', status: 200, params: exampleParams },
          {
            name: 'from a position',
            status: 200,
            params: exampleParams,
            query: { after: `${EXAMPLE_RUN}:5` },
          },
          { name: 'as OpenAI says it', status: 200, params: exampleParams, query: { protocol: 'openai' } },
        ],
      },
      handle: async (call) => {
        const { runId } = call.params;
        const options = resumeOptions(call);
        const run = await find(runId);
        if (!run) throw new NotFoundError(`Run ${runId}`);
        follow(call.response, run, options, context);
      },
    }),

    route({
      method: 'GET',
      path: '/chat/:chatId/stream',
      // The id of a run is taken, too.
      needs: { action: 'read', resource: 'run' },
      params: chatParams,
      query: followQuery,
      doc: {
        tag: 'Runs',
        summary: 'Follow what a chat is answering now',
        headers: ['Last-Event-ID'],
        replies: { 200: EVENT_STREAM_REPLY, 204: { description: 'The chat is not answering.' } },
        examples: [{ name: 'an idle chat', status: 204, params: { chatId: EXAMPLE_CHAT } }],
      },
      handle: async (call) => {
        const options = resumeOptions(call);
        const run = await find(call.params.chatId);
        if (run) follow(call.response, run, options, context);
        else sendNothing(call);
      },
    }),

    route({
      method: 'POST',
      path: '/runs/:runId/stop',
      needs: { action: 'write', resource: 'run' },
      params: runParams,
      doc: {
        tag: 'Runs',
        summary: 'Stop a run for everybody',
        replies: {
          200: jsonReply('It had ended already.', 'Run', runSchema),
          202: jsonReply('It is being stopped.', 'Run', runSchema),
        },
        examples: [{ name: 'a run that has ended', status: 200, params: exampleParams }],
      },
      handle: async (call) => {
        const { runId } = call.params;
        const live = runs.get(runId);
        live?.stop('user_stop');
        sendJson(call, runView(await open(runId)), live ? 202 : 200);
      },
    }),
  ];

  /** The run with this id, or else the active one of the chat with this id. */
  async function find(id: string): Promise<Followable | null> {
    // Clients choose the ids of chats: no chat may hide the run whose id it has.
    const run = runIdSchema.safeParse(id).success ? await runs.open(id) : null;
    return run ?? runs.activeIn(id) ?? null;
  }

  async function open(runId: string): Promise<Followable> {
    const run = await runs.open(runId);
    if (!run) throw new NotFoundError(`Run ${runId}`);
    return run;
  }
}

function liveRunView({ description, log, generation: { meter } }: Run): LiveRun<Date> {
  const { runId, chatId, messageId, provider, model, createdAt } = description;
  const lastEventId = `${runId}:${log.position}`;
  const run = { runId, chatId, messageId, provider, model, createdAt, lastEventId };
  return { ...run, chunks: meter.chunks, characters: meter.contentLength };
}

function runView({ description, log }: Followable): RunView<Date> {
  const { runId, chatId, messageId, provider, model, protocol, createdAt } = description;
  const lastEventId = `${runId}:${log.position}`;
  const run = { runId, chatId, messageId, provider, model, protocol, createdAt, lastEventId };
  return { ...run, terminal: log.terminal };
}
