import type { QuestionLimits } from '../../chat/question.ts';
import { creationSchema, type WorkspaceLimits, workspaceRenameSchema } from '../../editing/workspace.ts';
import { pageQuery } from '../chat-routes.ts';
import { EXAMPLE_WORKSPACE, type Operation } from './operation.ts';
import { workspaceListSchema, workspaceViewSchema } from './workspace-schemas.ts';

const path = { workspaceId: EXAMPLE_WORKSPACE };
const VIEW = { name: 'WorkspaceView', schema: workspaceViewSchema };

export function workspaceOperations(_question: QuestionLimits, limits: WorkspaceLimits): Operation[] {
  return [
    {
      method: 'post',
      path: '/api/workspaces',
      tag: 'Workspaces',
      summary: 'Make a workspace',
      description:
        'People then edit its files as the ShareDB document `workspaces/{id}`, over the WebSocket at `/sharedb`.',
      body: { schema: { name: 'WorkspaceCreation', schema: creationSchema(limits) }, required: false },
      replies: { 201: { description: 'It is there.', schema: VIEW } },
      examples: [
        {
          name: 'with a file',
          status: 201,
          body: { name: 'Notes', files: [{ name: 'notes.md', text: '# Notes\n' }] },
        },
      ],
    },
    {
      method: 'get',
      path: '/api/workspaces',
      tag: 'Workspaces',
      summary: 'List workspaces, the newest first',
      query: pageQuery,
      replies: {
        200: { description: 'A page', schema: { name: 'WorkspaceList', schema: workspaceListSchema } },
      },
      examples: [{ name: 'the first ten', status: 200, query: { limit: '10' } }],
    },
    {
      method: 'get',
      path: '/api/workspaces/{workspaceId}',
      tag: 'Workspaces',
      summary: 'Read a workspace, with all its files',
      replies: { 200: { description: 'As it is now', schema: VIEW } },
      examples: [{ name: 'as it is', status: 200, path }],
    },
    {
      method: 'patch',
      path: '/api/workspaces/{workspaceId}',
      tag: 'Workspaces',
      summary: 'Rename a workspace',
      body: { schema: { name: 'WorkspaceRename', schema: workspaceRenameSchema } },
      replies: { 200: { description: 'Renamed', schema: VIEW } },
      examples: [{ name: 'rename', status: 200, path, body: { name: 'Our notes' } }],
    },
    {
      method: 'delete',
      path: '/api/workspaces/{workspaceId}',
      tag: 'Workspaces',
      summary: 'Delete a workspace, and stop the edit that runs in it',
      replies: { 204: { description: 'It is gone.' } },
      examples: [{ name: 'one that there is not', status: 404, path: { workspaceId: 'nothing' } }],
    },
  ];
}
