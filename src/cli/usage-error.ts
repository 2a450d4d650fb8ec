const USAGE =
  'Possible are: keys create --name NAME [--user ID] [--scopes chat,read,usage,admin] [--models A,B] [--expires 30d]; keys list; keys revoke ID.';

/** A command that was written wrongly. Its message is one line. */
export class UsageError extends Error {
  constructor(reason: string) {
    super(`${reason.endsWith('.') ? reason : `${reason}.`} ${USAGE}`);
    this.name = 'UsageError';
  }
}
