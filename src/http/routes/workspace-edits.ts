import { z } from 'zod';
import { editQuestionSchema, parseEditQuestion, undoSchema } from '../../workspaces/edit-request.ts';
import type { RouteContext } from '../context.ts';
import { edit } from '../protocols/edit/encoder.ts';
import { protocolNamed } from '../protocols/registry.ts';
import { optionalJsonBody } from '../routing/body.ts';
import { EVENT_STREAM_REPLY, EXAMPLE_RUN, EXAMPLE_WORKSPACE, jsonReply } from '../routing/documentation.ts';
import { sendJson } from '../routing/reply.ts';
import { contextOf } from '../routing/request.ts';
import { type Route, route } from '../routing/route.ts';
import { editsSchema, undoneSchema } from '../schemas/workspaces.ts';
import { streamRun } from '../streaming/run-reader.ts';
import { workspaceParams } from './parameters.ts';

const editQuery = z.strictObject({ protocol: z.string().optional() });

const exampleParams = { workspaceId: EXAMPLE_WORKSPACE };

/** Edits of a workspace by the model: start, list, undo. */
export function workspaceEditRoutes(context: RouteContext): Route[] {
  const { workspaces, settings } = context;
  return [
    route({
      method: 'POST',
      path: '/workspaces/:workspaceId/edit',
      needs: { action: 'write', resource: 'workspace' },
      params: workspaceParams,
      query: editQuery,
      body: {
        schemas: [{ name: 'EditQuestion', schema: editQuestionSchema(settings.question) }],
        required: true,
        read: (json) => parseEditQuestion(json, settings.question),
      },
      doc: {
        tag: 'Workspaces',
        summary: 'Let the model edit, and stream what it does',
        description:
          'A run like any other, in the chat of the workspace or another one. Its files change in the document while it streams. `protocol` is `edit` unless it says otherwise.',
        headers: ['Idempotency-Key'],
        replies: { 200: EVENT_STREAM_REPLY },
        examples: [
          {
            name: 'a wish',
            status: 200,
            params: exampleParams,
            body: { prompt: 'Add a list of things to do.' },
          },
          {
            name: 'as native events',
            status: 200,
            params: exampleParams,
            query: { protocol: 'native' },
            body: { prompt: 'Sort the list.' },
          },
        ],
      },
      handle: async (call) => {
        const protocol = protocolNamed(call.query.protocol ?? edit.name);
        const request = contextOf(call, protocol.name);
        const run = await workspaces.edit(call.params.workspaceId, call.body, request);
        streamRun(call.response, run, 0, protocol, context);
      },
    }),

    route({
      method: 'GET',
      path: '/workspaces/:workspaceId/edits',
      needs: { action: 'read', resource: 'workspace' },
      params: workspaceParams,
      doc: {
        tag: 'Workspaces',
        summary: 'List the newest edits',
        replies: { 200: jsonReply('A hundred at most', 'Edits', editsSchema) },
        examples: [{ name: 'all', status: 200, params: exampleParams }],
      },
      handle: async (call) => sendJson(call, { edits: await workspaces.edits(call.params.workspaceId) }),
    }),

    route({
      method: 'POST',
      path: '/workspaces/:workspaceId/undo',
      needs: { action: 'write', resource: 'workspace' },
      params: workspaceParams,
      body: optionalJsonBody('Undo', undoSchema),
      doc: {
        tag: 'Workspaces',
        summary: 'Take a whole edit back',
        description:
          'Whatever people have done since stays. Without a run: the newest edit that is not undone. 409 `undo_expired` when its ops are not kept any more, `workspace_full` when there is no room for what would come back, `already_undone`, or `workspace_busy`.',
        replies: { 200: jsonReply('Undone', 'Undone', undoneSchema) },
        examples: [
          {
            name: 'an edit that there is not',
            status: 404,
            params: exampleParams,
            body: { runId: EXAMPLE_RUN },
          },
        ],
      },
      handle: async (call) => sendJson(call, await workspaces.undo(call.params.workspaceId, call.body.runId)),
    }),
  ];
}
