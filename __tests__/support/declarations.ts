import { isObject, nodesIn, parse } from './syntax-tree.ts';

/** A class with the number of its fields, or a function with that of its parameters. */
export interface Sized {
  name: string;
  size: number;
}

const FIELDS = new Set<unknown>(['ClassProperty', 'PrivateProperty', 'AutoAccessor']);

/** The classes of a file. Fields: declared ones, private ones, and constructor parameters that declare one. */
export function classesIn(path: string, text: string): Sized[] {
  const classes = [];
  for (const node of nodesIn(parse(path, text))) {
    if (!Array.isArray(node.body) || !('superClass' in node)) continue;
    const size = node.body.filter((member) => isField(member)).length + parameterFields(node.body);
    classes.push({ name: nameOf(node), size });
  }
  return classes;
}

/** The functions of a file: also methods, constructors and those without a name, but no types of functions. */
export function functionsIn(path: string, text: string): Sized[] {
  const functions = [];
  for (const node of nodesIn(parse(path, text))) {
    const inner = isObject(node.function) ? node.function : node;
    // What has a function inside is a method: that function would be counted twice, and without a name.
    if (!Array.isArray(inner.params) || !('body' in inner) || (inner === node && node.type === undefined))
      continue;
    functions.push({ name: nameOf(node), size: inner.params.length });
  }
  return functions;
}

function isField(member: unknown): boolean {
  return isObject(member) && FIELDS.has(member.type) && member.isStatic !== true;
}

function parameterFields(members: readonly unknown[]): number {
  const made = members.find((member) => isObject(member) && member.type === 'Constructor');
  if (!isObject(made) || !Array.isArray(made.params)) return 0;
  return made.params.filter((param) => param.type === 'TsParameterProperty').length;
}

function nameOf({ identifier, key }: Record<string, unknown>): string {
  for (const name of [identifier, key]) if (isObject(name)) return String(name.value);
  return 'anonymous';
}
