import { posix } from 'node:path';
import { isObject, nodesIn, parse } from './syntax-tree.ts';

/** What each file imports from others by a relative path; type-only imports, re-exports and `import()` included. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** `sources`: the text of each file by its path, with `/`. */
export function importGraphOf(sources: ReadonlyMap<string, string>): ImportGraph {
  const graph = new Map<string, readonly string[]>();
  for (const [path, text] of sources) {
    const modules = [...new Set(modulesIn(parse(path, text)))].filter((module) => module.startsWith('.'));
    graph.set(
      path,
      modules.map((module) => posix.join(posix.dirname(path), module.replace(/\?.*$/, ''))),
    );
  }
  return graph;
}

/** Cycles, each as the paths along it, its first one repeated at its end. Empty exactly when there is none. */
export function cyclesIn(graph: ImportGraph): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];

  function visit(path: string): void {
    if (done.has(path)) return;
    const start = trail.indexOf(path);
    if (start !== -1) {
      cycles.push([...trail.slice(start), path]);
      return;
    }
    trail.push(path);
    for (const imported of graph.get(path) ?? []) visit(imported);
    trail.pop();
    done.add(path);
  }

  for (const path of graph.keys()) visit(path);
  return cycles;
}

/** The modules that a syntax tree names, wherever in it. */
function* modulesIn(tree: unknown): Generator<string, void> {
  for (const node of nodesIn(tree)) {
    const module = moduleOf(node);
    if (isObject(module) && typeof module.value === 'string') yield module.value;
  }
}

function moduleOf(node: Record<string, unknown>): unknown {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return node.source;
    case 'TsImportType':
      return node.argument;
    case 'TsExternalModuleReference':
      return node.expression;
    case 'CallExpression': {
      if (!isObject(node.callee) || node.callee.type !== 'Import' || !Array.isArray(node.arguments)) return;
      const [argument] = node.arguments;
      return isObject(argument) ? argument.expression : undefined;
    }
  }
}
