import { parseSync } from '@swc/core';

/** The syntax tree of a file, by its path JavaScript or TypeScript, with or without JSX. */
export function parse(path: string, text: string): unknown {
  const isTypeScript = /\.[cm]?tsx?$/.test(path);
  return isTypeScript
    ? parseSync(text, { syntax: 'typescript', tsx: path.endsWith('x'), target: 'esnext' })
    : parseSync(text, { syntax: 'ecmascript', jsx: path.endsWith('x'), target: 'esnext' });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** All nodes of a syntax tree, outer ones first. */
export function* nodesIn(tree: unknown): Generator<Record<string, unknown>, void> {
  if (Array.isArray(tree)) {
    for (const item of tree) yield* nodesIn(item);
  } else if (isObject(tree)) {
    yield tree;
    for (const child of Object.values(tree)) yield* nodesIn(child);
  }
}
