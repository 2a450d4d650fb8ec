import { ownerIdOf } from '../../auth/principal.ts';
import { creationSchema, parseCreation, workspaceRenameSchema } from '../../workspaces/workspace.ts';
import type { RouteContext } from '../context.ts';
import { jsonBody } from '../routing/body.ts';
import { EXAMPLE_WORKSPACE, jsonReply } from '../routing/documentation.ts';
import { sendJson, sendNothing } from '../routing/reply.ts';
import { type Route, route } from '../routing/route.ts';
import { workspaceListSchema, workspaceViewSchema } from '../schemas/workspaces.ts';
import { pageQuery, workspaceParams } from './parameters.ts';

const exampleParams = { workspaceId: EXAMPLE_WORKSPACE };

/** Workspaces, files that people and the model edit together: create, list, read, rename, delete. */
export function workspaceRoutes({ workspaces, settings, audit }: RouteContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/workspaces',
      needs: { action: 'write', resource: 'workspace' },
      body: {
        schemas: [{ name: 'WorkspaceCreation', schema: creationSchema(settings.workspaces) }],
        required: false,
        read: (json) => parseCreation(json, settings.workspaces),
      },
      doc: {
        tag: 'Workspaces',
        summary: 'Make a workspace',
        description:
          'People then edit its files as the ShareDB document `workspaces/{id}`, over the WebSocket at `/sharedb`.',
        replies: { 201: jsonReply('It is there.', 'WorkspaceView', workspaceViewSchema) },
        examples: [
          {
            name: 'with a file',
            status: 201,
            body: { name: 'Notes', files: [{ name: 'notes.md', text: '# Notes\n' }] },
          },
        ],
      },
      handle: async (call) => sendJson(call, await workspaces.create(call.body, call), 201),
    }),

    route({
      method: 'GET',
      path: '/workspaces',
      needs: { action: 'list', resource: 'workspace' },
      query: pageQuery,
      doc: {
        tag: 'Workspaces',
        summary: 'List workspaces, the newest first',
        replies: { 200: jsonReply('A page', 'WorkspaceList', workspaceListSchema) },
        examples: [{ name: 'the first ten', status: 200, query: { limit: '10' } }],
      },
      handle: async (call) => {
        const { limit, cursor } = call.query;
        const { items, nextCursor } = await workspaces.list(ownerIdOf(call.principal), limit, cursor ?? null);
        const listed = items.map(({ chatId: _, ownerId: __, ...workspace }) => workspace);
        sendJson(call, { workspaces: listed, nextCursor });
      },
    }),

    route({
      method: 'GET',
      path: '/workspaces/:workspaceId',
      needs: { action: 'read', resource: 'workspace' },
      params: workspaceParams,
      doc: {
        tag: 'Workspaces',
        summary: 'Read a workspace, with all its files',
        replies: { 200: jsonReply('As it is now', 'WorkspaceView', workspaceViewSchema) },
        examples: [{ name: 'as it is', status: 200, params: exampleParams }],
      },
      handle: async (call) => sendJson(call, await workspaces.get(call.params.workspaceId)),
    }),

    route({
      method: 'PATCH',
      path: '/workspaces/:workspaceId',
      needs: { action: 'write', resource: 'workspace' },
      params: workspaceParams,
      body: jsonBody('WorkspaceRename', workspaceRenameSchema),
      doc: {
        tag: 'Workspaces',
        summary: 'Rename a workspace',
        replies: { 200: jsonReply('Renamed', 'WorkspaceView', workspaceViewSchema) },
        examples: [{ name: 'rename', status: 200, params: exampleParams, body: { name: 'Our notes' } }],
      },
      handle: async (call) =>
        sendJson(call, await workspaces.rename(call.params.workspaceId, call.body.name)),
    }),

    route({
      method: 'DELETE',
      path: '/workspaces/:workspaceId',
      needs: { action: 'write', resource: 'workspace' },
      params: workspaceParams,
      doc: {
        tag: 'Workspaces',
        summary: 'Delete a workspace, and stop the edit that runs in it',
        replies: { 204: { description: 'It is gone.' } },
        examples: [{ name: 'one that there is not', status: 404, params: { workspaceId: 'nothing' } }],
      },
      handle: async (call) => {
        const { workspaceId } = call.params;
        await workspaces.delete(workspaceId);
        await audit.record(call.principal, 'workspace.deleted', 'workspace', workspaceId, call.request);
        sendNothing(call);
      },
    }),
  ];
}
