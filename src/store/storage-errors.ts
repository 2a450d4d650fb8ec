import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { ServiceError, StorageError } from '../errors.ts';
import { Prisma } from './generated/client.ts';

/** The database holds such a row already. A caller that expected this may go on; to all others it is a StorageError. */
export class UniqueViolationError extends StorageError {
  constructor(
    cause: Error,
    readonly table: string,
    readonly columns: readonly string[],
  ) {
    super(cause);
  }
}

/** What the database, or Prisma, threw, in the driver's own words. Errors of this service stay what they are. */
export function asStorageError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return new StorageError(error);
  const driverError = error.meta?.driverAdapterError;
  if (!isDriverAdapterError(driverError)) return new StorageError(error);
  const failure = driverError.cause;
  const cause = new Error(failure.originalMessage ?? error.message, { cause: error });
  if (failure.kind !== 'UniqueConstraintViolation') return new StorageError(cause);
  const fields = failure.constraint && 'fields' in failure.constraint ? failure.constraint.fields : [];
  return new UniqueViolationError(cause, failure.table ?? '', fields);
}

/** For reads: their failures become StorageErrors. */
export async function reading<Result>(query: PromiseLike<Result>): Promise<Result> {
  try {
    return await query;
  } catch (error) {
    throw asStorageError(error);
  }
}
