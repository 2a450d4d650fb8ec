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
  if (isSqliteError(error))
    return violation(error) ?? new StorageError(new Error(error.message, { cause: error }));
  const words = driverWords(error);
  return new StorageError(words === undefined ? error : new Error(words, { cause: error }));
}

/** Whether another program holds the file, so that the same may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && error.code.startsWith('SQLITE_BUSY');
}

/** `UNIQUE constraint failed: Message.chatId, Message.clientId` */
function violation(error: Error): UniqueViolationError | undefined {
  const [, list] = /^UNIQUE constraint failed: (.+)$/.exec(error.message) ?? [];
  if (list === undefined) return undefined;
  const columns = list.split(', ').map((name) => name.split('.'));
  return new UniqueViolationError(
    error,
    columns[0]?.[0] ?? '',
    columns.map(([, column]) => column ?? ''),
  );
}

/** By its shape: where modules are loaded more than once, as under jest, there is more than one class of that name. */
function isSqliteError(error: unknown): error is Error & { code: string } {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('SQLITE_')
  );
}

function driverWords(error: unknown): string | undefined {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const driverError = error.meta?.driverAdapterError;
  return isDriverAdapterError(driverError) ? driverError.cause.originalMessage : undefined;
}

/** For reads: their failures become StorageErrors. */
export async function reading<Result>(query: PromiseLike<Result>): Promise<Result> {
  try {
    return await query;
  } catch (error) {
    throw asStorageError(error);
  }
}
