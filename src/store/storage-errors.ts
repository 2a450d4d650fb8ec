import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { ServiceError, StorageError } from '../errors.ts';
import { Prisma } from './generated/client.ts';

/** The database has a row with this key already. A caller may handle it; otherwise it is a StorageError. */
export class UniqueViolationError extends StorageError {
  constructor(
    cause: Error,
    readonly table: string,
    readonly columns: readonly string[],
  ) {
    super(cause);
  }
}

/**
 * Converts an error of the driver or of Prisma, with the driver's message. Errors of this service are returned
 * unchanged.
 */
export function asStorageError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (isSqliteError(error))
    return violation(error) ?? new StorageError(new Error(error.message, { cause: error }));
  const message = driverMessage(error);
  return new StorageError(message === undefined ? error : new Error(message, { cause: error }));
}

/** Whether another program has locked the file, so that the same may succeed later. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && error.code.startsWith('SQLITE_BUSY');
}

/** Whether the database works but refuses these rows: their key exists, or a row that they refer to does not. */
export function isRefusedRow(error: unknown): boolean {
  return isSqliteError(error) && /^SQLITE_CONSTRAINT_(?!TRIGGER)/.test(error.code);
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

/**
 * By its shape, not its class: where modules are loaded more than once, as under jest, there are several such classes.
 */
function isSqliteError(error: unknown): error is Error & { code: string } {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('SQLITE_')
  );
}

function driverMessage(error: unknown): string | undefined {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const driverError = error.meta?.driverAdapterError;
  return isDriverAdapterError(driverError) ? driverError.cause.originalMessage : undefined;
}
