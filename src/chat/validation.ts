import { z } from 'zod';
import { type ErrorDetail, InvalidRequestError } from '../errors.ts';

/** Upper limit of details in one error; further mistakes are only counted. */
const MOST_DETAILS = 20;
/** Characters of a client's key in a detail. */
const KEY_CHARS = 100;
/** Characters of a message in a detail: zod lists every unknown key, for example. */
const MESSAGE_CHARS = 500;

/** Parses outside data. Throws InvalidRequestError, of a bounded size. */
export function parse<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const details: ErrorDetail[] = [];
  let mistakes = 0;
  for (const issue of issues) {
    mistakes += issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
    if (details.length < MOST_DETAILS) details.push(...detailsOf(issue, MOST_DETAILS - details.length));
  }
  const listed = details.map(({ field, message }) => `${field}: ${message}`).join('; ');
  const more = mistakes - details.length;
  throw new InvalidRequestError(more > 0 ? `${listed}; and ${more} more` : listed, { details });
}

/** `most`: how many keys of one issue are named. */
function detailsOf(issue: z.core.$ZodIssue, most: number): ErrorDetail[] {
  const path = issue.path.map((key) => shortened(String(key), KEY_CHARS)).join('.');
  if (issue.code !== 'unrecognized_keys')
    return [{ field: path || 'body', message: shortened(issue.message, MESSAGE_CHARS) }];
  return issue.keys.slice(0, most).map((key) => {
    const name = shortened(key, KEY_CHARS);
    return { field: path ? `${path}.${name}` : name, message: 'is not a known field' };
  });
}

/** A list whose length is checked before its elements are, so that a list that is too long costs nothing. */
export function boundedArray<Element extends z.ZodType>(
  element: Element,
  most: number,
  what: string,
  least = 0,
) {
  const error = `must have at most ${most} ${what}`;
  const array = z.array(element).max(most, error);
  const list = least === 0 ? array : array.min(least, `must have at least ${least} ${what}`);
  return z.preprocess((value, context) => {
    if (Array.isArray(value) && value.length > most) context.addIssue({ code: 'custom', message: error });
    return value;
  }, list);
}

/** An object with arbitrary keys, which are counted before their values are checked. */
export function boundedRecord(most: number) {
  const error = `must have at most ${most} fields`;
  return z.preprocess(
    (value, context) => {
      if (typeof value === 'object' && value !== null && Object.keys(value).length > most)
        context.addIssue({ code: 'custom', message: error });
      return value;
    },
    z.record(z.string(), z.unknown()),
  );
}

/** A field that may be left out; null means the same, because many clients send it. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** Adds the issues of a value to a refinement, at a path. */
export function refineAt(
  context: z.RefinementCtx,
  path: PropertyKey[],
  schema: z.ZodType,
  value: unknown,
): void {
  for (const { message } of schema.safeParse(value).error?.issues ?? [])
    context.addIssue({ code: 'custom', path, message });
}

/** The beginning of a client's text, for an error message. */
export function shortened(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars).toWellFormed()}…`;
}
