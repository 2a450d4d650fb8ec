import { StorageError } from '../errors.ts';

/** The `code` in ShareDB's error messages to viewers. Each has one meaning. */
export type ViewerErrorCode =
  | 'invalid_message'
  | 'read_only'
  | 'not_found'
  | 'invalid_op'
  | 'invalid_name'
  | 'limit_exceeded'
  | 'not_supported'
  | 'unknown_collection'
  | 'invalid_presence'
  | 'too_many_subscriptions'
  | 'too_many_presences'
  | 'document_too_old'
  | 'storage_failed'
  | 'storage_full';

/** A request of a viewer is refused. */
export class ViewerError extends Error {
  constructor(
    readonly code: ViewerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * The ops that a viewer needs to catch up are removed, or too many to transform its own op against, or it has a version
 * that this database does not have, because a backup was restored: it has to load the document afresh (MIRROR-7).
 */
export class DocumentTooOldError extends ViewerError {
  constructor(from: number) {
    super('document_too_old', `There is no going on from version ${from}; load the document afresh.`);
  }
}

/** The document does not exist, or not for this viewer (AUTH-6). */
export class DocumentNotFoundError extends ViewerError {
  constructor(id: string) {
    super('not_found', `${id} does not exist.`);
  }
}

/** The database failed. What it said is for the log, not for viewers. */
export class DocumentStorageError extends ViewerError {
  constructor(cause: unknown) {
    super('storage_failed', 'The database failed; try again in a moment.', { cause });
  }
}

/** The error as viewers get it. */
export function toViewer(error: unknown): unknown {
  return error instanceof StorageError ? new DocumentStorageError(error) : error;
}
