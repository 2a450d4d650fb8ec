import { z } from 'zod';
import type { StoredFile } from '../../files/stored-file.ts';
import type { RouteContext } from '../context.ts';
import { EXAMPLE_FILE, jsonReply } from '../routing/documentation.ts';
import { sendJson, sendNothing } from '../routing/reply.ts';
import { type Route, route } from '../routing/route.ts';
import { fileSchema } from '../schemas/files.ts';
import { sendFile } from '../uploads/send-file.ts';
import { withUpload } from '../uploads/upload.ts';
import { fileParams } from './parameters.ts';

const exampleParams = { fileId: EXAMPLE_FILE };

const uploadQuery = z.strictObject({
  name: z
    .string()
    .max(1_000)
    .optional()
    .meta({ description: 'Of the file, where the body is the file itself.' }),
});

/** Files that people upload (FILE-1). */
export function fileRoutes({ files, settings }: RouteContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/files',
      needs: { action: 'write', resource: 'file' },
      query: uploadQuery,
      upload: true,
      doc: {
        tag: 'Files',
        summary: 'Upload a file',
        description:
          'A picture (PNG, JPEG, WebP, GIF), a PDF, audio (WAV, MP3) or UTF-8 text, as the part `file` of multipart/form-data or as the whole body. The same bytes with the same name are the same file again.',
        replies: { 201: jsonReply('It is stored.', 'File', fileSchema) },
        examples: [{ name: 'a text', status: 201, query: { name: 'notes.txt' }, body: 'Some notes\n' }],
      },
      handle: async (call) => {
        const { request, principal, query } = call;
        const rules = { name: query.name, limit: settings.fileBytes };
        const stored = await withUpload(request, rules, (upload) => files.upload(principal, upload));
        sendJson(call, described(stored), 201);
      },
    }),

    route({
      method: 'GET',
      path: '/files/:fileId',
      needs: { action: 'read', resource: 'file' },
      params: fileParams,
      doc: {
        tag: 'Files',
        summary: 'Read what is known of a file',
        replies: { 200: jsonReply('The file, without its bytes', 'File', fileSchema) },
        examples: [{ name: 'of a text', status: 200, params: exampleParams }],
      },
      handle: async (call) => sendJson(call, described(await files.find(call.params.fileId))),
    }),

    route({
      method: 'GET',
      path: '/files/:fileId/content',
      needs: { action: 'read', resource: 'file' },
      params: fileParams,
      doc: {
        tag: 'Files',
        summary: 'Download a file, or ranges of it',
        replies: {
          200: { description: 'Its bytes', mediaType: 'application/octet-stream' },
          206: { description: 'The bytes of the ranges', mediaType: 'application/octet-stream' },
          304: { description: 'The client has them already.' },
        },
        examples: [{ name: 'all of it', status: 200, params: exampleParams }],
      },
      handle: async (call) => {
        const file = await files.find(call.params.fileId);
        await sendFile(call, file, files.pathOf(file)).catch(async (error: unknown) => {
          // It may have been deleted at that moment.
          await files.find(file.id);
          throw error;
        });
      },
    }),

    route({
      method: 'DELETE',
      path: '/files/:fileId',
      needs: { action: 'write', resource: 'file' },
      params: fileParams,
      doc: {
        tag: 'Files',
        summary: 'Delete a file',
        replies: { 204: { description: 'It is deleted.' } },
        examples: [{ name: 'as it is', status: 204, params: exampleParams }],
      },
      handle: async (call) => {
        await files.remove(call.principal, call.params.fileId, call.request);
        sendNothing(call);
      },
    }),
  ];
}

function described({ id, name, mediaType, bytes, sha256, width, height, pages }: StoredFile) {
  const pixels = width === null || height === null ? {} : { width, height };
  return { id, name, mediaType, bytes, sha256, ...pixels, ...(pages === null ? {} : { pages }) };
}
