/** What a viewer can be told, in the `code` of ShareDB's error messages. Each has one meaning. */
export type ViewerErrorCode =
  | 'invalid_message'
  | 'read_only'
  | 'invalid_op'
  | 'invalid_name'
  | 'limit_exceeded'
  | 'not_supported'
  | 'unknown_collection'
  | 'invalid_presence'
  | 'too_many_subscriptions'
  | 'too_many_presences'
  | 'document_too_old'
  | 'storage_failed';

/** A request of a viewer that is refused. */
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

/** The ops that a viewer needs to catch up are gone, or more than its own can be brought up to date with: it has to load the document afresh (MIRROR-7). */
export class DocumentTooOldError extends ViewerError {
  constructor(from: number) {
    super('document_too_old', `Version ${from} is too old to go on from; load the document afresh.`);
  }
}

/** The database failed. What exactly it said is for the log, not for viewers. */
export class DocumentStorageError extends ViewerError {
  constructor(cause: unknown) {
    super('storage_failed', 'The database failed; try again in a moment.', { cause });
  }
}
