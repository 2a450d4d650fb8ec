import { z } from 'zod';
import { isFileId, type WorkspaceDocument, type WorkspaceLimits } from '../editing/workspace.ts';
import { ViewerError } from './errors.ts';

const fileId = z.custom<string>(isFileId);
const offset = z.int().min(0);
const units = z.string().min(1);
const file = z.strictObject({ name: z.string(), text: z.string() });
const text = z.tuple([z.literal('files'), fileId, z.literal('text'), offset]);
const whole = z.tuple([z.literal('files'), fileId]);
const name = z.union([
  z.tuple([z.literal('name')]),
  z.tuple([z.literal('files'), fileId, z.literal('name')]),
]);

/** What a person may change, in json0: text in a file, a file that comes or goes, a name. */
const component = z.union([
  z.strictObject({ p: text, si: units }),
  z.strictObject({ p: text, sd: units }),
  z.strictObject({ p: whole, oi: file }),
  z.strictObject({ p: whole, od: file }),
  z.strictObject({ p: name, oi: z.string(), od: z.string().optional() }),
]);

/** Each costs two copies of the file's text, and a moment for each component that others have sent meanwhile. */
export const MOST_COMPONENTS = 256;

const components = z.array(component).min(1);

export type WorkspaceComponent = z.infer<typeof component>;

/** Throws ViewerError for an op that no person may send, whatever the document says. */
export function parseWorkspaceOp(op: unknown, { opChars }: WorkspaceLimits): WorkspaceComponent[] {
  if (Array.isArray(op) && op.length > MOST_COMPONENTS) {
    throw new ViewerError(
      'limit_exceeded',
      `An op may have ${MOST_COMPONENTS} components; send it in parts.`,
    );
  }
  const parsed = components.safeParse(op);
  if (!parsed.success) {
    throw invalid('An op changes text in files, adds or removes a file, or changes a name; nothing else.');
  }
  let size = 0;
  for (const each of parsed.data) size += sizeOf(each);
  if (size <= opChars) return parsed.data;
  throw new ViewerError('limit_exceeded', `An op may carry ${opChars} characters of text; send it in parts.`);
}

function sizeOf(component: WorkspaceComponent): number {
  if ('si' in component) return component.si.length;
  if ('sd' in component) return component.sd.length;
  const { oi, od } = { oi: undefined, od: undefined, ...component };
  return lengthOf(oi) + lengthOf(od);
}

function lengthOf(value: string | { name: string; text: string } | undefined): number {
  if (value === undefined) return 0;
  return typeof value === 'string' ? value.length : value.name.length + value.text.length;
}

/**
 * Throws ViewerError for an op that does not fit the document that it is about to change: what it says was there must
 * have been there, because later ops and undoing go by that, and no offset may lie beyond a text.
 */
export function checkFits(op: readonly WorkspaceComponent[], { name, files }: WorkspaceDocument): void {
  const seen = new Map<string, string>();
  const textOf = (id: string) => seen.get(id) ?? files[id]?.text;
  for (const each of op) {
    const [, id = ''] = each.p;
    if ('si' in each) {
      const at = each.p[3];
      const text = textOf(id);
      if (text === undefined || at > text.length) throw misfit();
      seen.set(id, text.slice(0, at) + each.si + text.slice(at));
    } else if ('sd' in each) {
      const at = each.p[3];
      const text = textOf(id);
      if (text === undefined || !text.startsWith(each.sd, at)) throw misfit();
      seen.set(id, text.slice(0, at) + text.slice(at + each.sd.length));
    } else if (each.p.length === 2) {
      const { oi, od } = { oi: undefined, od: undefined, ...each };
      if (oi && od) throw misfit();
      const known = files[id];
      if (oi ? known : !known || !isSame(od, { name: known.name, text: textOf(id) ?? '' })) throw misfit();
    } else {
      const { od } = { od: undefined, ...each };
      const known = each.p.length === 1 ? name : files[id]?.name;
      if (known === undefined || (od !== undefined && od !== known)) throw misfit();
    }
  }
}

function isSame(one: unknown, other: { name: string; text: string }): boolean {
  const { name, text } = file.parse(one);
  return name === other.name && text === other.text;
}

function misfit(): ViewerError {
  return invalid('What the op says was there is not what is there.');
}

function invalid(message: string): ViewerError {
  return new ViewerError('invalid_op', message);
}
