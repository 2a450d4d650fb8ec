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
  const failure = driverFailure(error);
  if (!failure) return new StorageError(error);
  const cause = new Error(failure.originalMessage, { cause: error });
  if (failure.kind !== 'UniqueConstraintViolation') return new StorageError(cause);
  const { constraint, table } = failure;
  return new UniqueViolationError(
    cause,
    table ?? '',
    constraint && 'fields' in constraint ? constraint.fields : [],
  );
}

/** Whether another program holds the file, so that the same may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  return driverFailure(error)?.originalCode?.startsWith('SQLITE_BUSY') ?? false;
}

function driverFailure(error: unknown) {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const driverError = error.meta?.driverAdapterError;
  return isDriverAdapterError(driverError) ? driverError.cause : undefined;
}

/** For reads: their failures become StorageErrors. */
export async function reading<Result>(query: PromiseLike<Result>): Promise<Result> {
  try {
    return await query;
  } catch (error) {
    throw asStorageError(error);
  }
}
