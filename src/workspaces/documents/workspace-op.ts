import { z } from 'zod';
import { isFileId, type WorkspaceDocument, type WorkspaceLimits } from '../../editing/files.ts';
import { ViewerError } from '../../sharedb/errors.ts';
import { MAX_COMPONENTS } from '../../sharedb/json0.ts';

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

/** What a collaborator may change, in json0: text in a file, a name, and the set of files. */
const component = z.union([
  z.strictObject({ p: text, si: units }),
  z.strictObject({ p: text, sd: units }),
  z.strictObject({ p: whole, oi: file }),
  z.strictObject({ p: whole, od: file }),
  z.strictObject({ p: name, oi: z.string(), od: z.string().optional() }),
]);

const components = z.array(component).min(1);

export type WorkspaceComponent = z.infer<typeof component>;

/** Throws ViewerError for an op that is invalid independent of the document. */
export function parseWorkspaceOp(op: unknown, { opChars }: WorkspaceLimits): WorkspaceComponent[] {
  if (Array.isArray(op) && op.length > MAX_COMPONENTS) {
    throw new ViewerError('limit_exceeded', `An op may have ${MAX_COMPONENTS} components; send it in parts.`);
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

/** Whether the component inserts text that the document did not contain before. */
export function insertsText(component: WorkspaceComponent): boolean {
  return 'si' in component || 'oi' in component;
}

function lengthOf(value: string | { name: string; text: string } | undefined): number {
  if (value === undefined) return 0;
  return typeof value === 'string' ? value.length : value.name.length + value.text.length;
}

/**
 * Throws ViewerError for a component that does not fit the document: text that it removes must be there, because
 * transformation and undo depend on it, and no offset may be beyond the end of a text.
 */
export function checkFits(each: WorkspaceComponent, { name, files }: WorkspaceDocument): void {
  const [, id = ''] = each.p;
  const known = files[id];
  if ('si' in each) {
    if (known === undefined || each.p[3] > known.text.length) throw misfit();
  } else if ('sd' in each) {
    if (known === undefined || !known.text.startsWith(each.sd, each.p[3])) throw misfit();
  } else if (each.p.length === 2) {
    const { oi, od } = { oi: undefined, od: undefined, ...each };
    if (oi && od) throw misfit();
    if (oi ? known : !known || !isSame(od, known)) throw misfit();
  } else {
    const { od } = { od: undefined, ...each };
    const was = each.p.length === 1 ? name : known?.name;
    if (was === undefined || (od !== undefined && od !== was)) throw misfit();
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
