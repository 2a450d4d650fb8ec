import { parseArgs } from 'node:util';
import { type KeyRequest, keyRequestSchema } from '../auth/keys/key-request.ts';
import { codeOf } from '../store/opening/database-error.ts';
import { UsageError } from './usage-error.ts';

/** Fields of a request as options. */
const OPTIONS: Readonly<Record<string, string>> = {
  name: '--name',
  userId: '--user',
  scopes: '--scopes',
  models: '--models',
  expiresAt: '--expires',
};

const DURATION = /^(?<count>\d{1,5})(?<unit>[hdw])$/;
/** Later years would have more than four digits. */
const LAST_MOMENT = Date.UTC(9999, 11, 31);
const DATE = /^\d{4}-\d\d-\d\d/;
const HOUR_MS = 60 * 60 * 1000;
const UNITS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };

/** The words after `keys create`. Throws UsageError. */
export function keyRequestOf(words: readonly string[]): KeyRequest {
  const { values } = parsed(() =>
    parseArgs({
      args: [...words],
      options: {
        name: { type: 'string' },
        user: { type: 'string' },
        scopes: { type: 'string' },
        models: { type: 'string' },
        expires: { type: 'string' },
      },
    }),
  );
  if (values.name === undefined) throw new UsageError('--name is missing');
  const request = keyRequestSchema.safeParse({
    name: values.name,
    userId: values.user,
    scopes: listOf(values.scopes),
    models: listOf(values.models),
    expiresAt: values.expires && momentOf(values.expires),
  });
  if (request.success) return request.data;
  const [issue] = request.error.issues;
  throw new UsageError(`${OPTIONS[String(issue?.path[0])] ?? 'The command'} ${issue?.message ?? 'is wrong'}`);
}

/** Calls `parse`, whose mistakes become UsageErrors. */
export function parsed<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (!codeOf(error).startsWith('ERR_PARSE_ARGS')) throw error;
    // `TypeError [CODE]: Unknown option '--x'. To specify …`: Node adds sentences about positional arguments.
    const [first = ''] = String(error)
      .replace(/^TypeError( \[\w+\])?: /, '')
      .split('. ');
    throw new UsageError(first);
  }
}

function listOf(text: string | undefined): string[] | undefined {
  return text?.split(',').map((word) => word.trim());
}

/** `30d` is in 30 days; other texts are moments themselves: `2027-01-31`, or with a time. */
function momentOf(text: string): string {
  const { count, unit = '' } = DURATION.exec(text)?.groups ?? {};
  const time = count === undefined ? Date.parse(text) : Date.now() + Number(count) * (UNITS[unit] ?? 0);
  const isMoment = count !== undefined || DATE.test(text);
  if (!isMoment || Number.isNaN(time) || time > LAST_MOMENT)
    throw new UsageError('--expires must be like 12h, 30d, 4w or 2027-01-31');
  return new Date(time).toISOString();
}
