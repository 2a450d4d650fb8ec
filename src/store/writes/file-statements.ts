import { insertInto } from './statement.ts';

export const insertFiles = insertInto('File', [
  'id',
  'ownerId',
  'name',
  'mediaType',
  'bytes',
  'sha256',
  'width',
  'height',
  'pages',
  'place',
  'uploadedAt',
]);
