import { InvalidRequestError } from '../../errors.ts';
import { missingContainer } from '../document/containers.ts';
import { documentTypeOf, openedTypeOf } from '../document/document-type.ts';
import { writeOnce } from '../document/write.ts';
import type { EmbeddedFiles, FilesDoc } from './embedded-files.ts';
import { filesIn } from './files-in.ts';
import { Json0Files } from './json0-files.ts';
import { Json1Files } from './json1-files.ts';

/** Throws InvalidRequestError when the document has no files, but something else in their place. */
export async function openFiles(doc: FilesDoc): Promise<EmbeddedFiles> {
  await openedTypeOf(doc);
  await writeOnce(doc, () => missingContainer(doc, 'files'));
  if (!filesIn(doc.id, doc.data)) {
    throw InvalidRequestError.field('doc', 'has files that are not { name, text }');
  }
  const { name, type } = documentTypeOf(doc);
  return name === 'json0' ? new Json0Files(doc, type) : new Json1Files(doc, type);
}
