import type { QuestionLimits } from '../../chat/question.ts';
import { editQuestionSchema, undoSchema } from '../../editing/question.ts';
import { creationSchema, type WorkspaceLimits, workspaceRenameSchema } from '../../editing/workspace.ts';
import { pageQuery } from '../chat-routes.ts';
import { editQuery } from '../workspace-routes.ts';
import { EVENT_STREAM_REPLY, EXAMPLE_WORKSPACE, type Operation } from './operation.ts';
import { EXAMPLE_RUN } from './run-operations.ts';
import { editsSchema, undoneSchema, workspaceListSchema, workspaceViewSchema } from './workspace-schemas.ts';

const path = { workspaceId: EXAMPLE_WORKSPACE };
const VIEW = { name: 'WorkspaceView', schema: workspaceViewSchema };

export function workspaceOperations(question: QuestionLimits, limits: WorkspaceLimits): Operation[] {
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
      method: 'post',
      path: '/api/workspaces/{workspaceId}/edit',
      tag: 'Workspaces',
      summary: 'Let the model edit, and stream what it does',
      description:
        'A run like any other, in the chat of the workspace or another one. Its files change in the document while it streams. `protocol` is `edit` unless it says otherwise.',
      query: editQuery,
      headers: ['Idempotency-Key'],
      body: { schema: { name: 'EditQuestion', schema: editQuestionSchema(question) } },
      replies: { 200: EVENT_STREAM_REPLY },
      examples: [
        { name: 'a wish', status: 200, path, body: { prompt: 'Add a list of things to do.' } },
        {
          name: 'as native events',
          status: 200,
          path,
          query: { protocol: 'native' },
          body: { prompt: 'Sort the list.' },
        },
      ],
    },
    {
      method: 'get',
      path: '/api/workspaces/{workspaceId}/edits',
      tag: 'Workspaces',
      summary: 'List the newest edits',
      replies: { 200: { description: 'A hundred at most', schema: { name: 'Edits', schema: editsSchema } } },
      examples: [{ name: 'all', status: 200, path }],
    },
    {
      method: 'post',
      path: '/api/workspaces/{workspaceId}/undo',
      tag: 'Workspaces',
      summary: 'Take a whole edit back',
      description:
        'Whatever people have done since stays. Without a run: the newest edit that is not undone. 409 `undo_expired` when its ops are not kept any more, `workspace_full` when there is no room for what would come back, `already_undone`, or `workspace_busy`.',
      body: { schema: { name: 'Undo', schema: undoSchema }, required: false },
      replies: { 200: { description: 'Undone', schema: { name: 'Undone', schema: undoneSchema } } },
      examples: [{ name: 'an edit that there is not', status: 404, path, body: { runId: EXAMPLE_RUN } }],
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
