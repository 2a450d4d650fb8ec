import type { z } from 'zod';
import { BehaviourSchema, FAULT_KINDS, OPTION_NAMES, type ResolvedBehaviour } from './behaviour.ts';

/** An invalid directive; the message says what is allowed. */
export class DirectiveError extends Error {}

/** One item and what ends it: `name`, `name=word`, `name="a JSON string"` or `name=["a JSON", "array"]`. */
const ITEM =
  /\s*([a-z][a-z0-9_]*)\s*(?:=\s*("(?:[^"\\]|\\.)*"|\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\]|[^,"[\]\s]+)\s*)?(,|\]\])/y;

const OPENING = '[[simulate:';

export interface Directive {
  readonly behaviour: ResolvedBehaviour;
  /** The message without its directive. */
  readonly rest: string;
}

/**
 * Parses the directive in a message.
 *
 *     [[simulate: rate_limit, retry_after_ms=50, times=2]]
 *     [[simulate: close, at=5, tokens=20, delay_ms=0]]
 *     [[simulate: chunks=["one, ", "two"], split=7]]
 *
 * At most one fault, by its bare name, and any number of options: those of the fault and those of `Behaviour`, in
 * snake_case. A value is a word, a number, a JSON string or a JSON array of strings; `async_filter` alone means true.
 *
 * @returns null for a message without a directive.
 * @throws {DirectiveError} for anything invalid, so that a typo is never ignored.
 */
export function parseDirective(message: string): Directive | null {
  const start = message.indexOf(OPENING);
  if (start === -1) return null;
  const { items, end } = scan(message, start + OPENING.length);
  const rest = `${message.slice(0, start)}${message.slice(end)}`.trim();
  if (rest.includes(OPENING)) throw new DirectiveError('A message may hold one simulate directive, not two.');

  const fault: Record<string, unknown> = {};
  const options: Record<string, unknown> = {};
  for (const [name, value] of items) {
    if (value === undefined && FAULT_KINDS.includes(name)) {
      if (fault.kind)
        throw new DirectiveError(`One fault at a time, not both "${fault.kind}" and "${name}".`);
      fault.kind = name;
      continue;
    }
    const key = camelCase(name);
    const target = OPTION_NAMES.includes(key) ? options : fault;
    if (Object.hasOwn(target, key)) throw new DirectiveError(`"${name}" is given twice.`);
    target[key] = value ?? true;
  }
  if (!fault.kind && Object.keys(fault).length > 0) throw unknownItem(Object.keys(fault).map(snakeCase));
  const parsed = BehaviourSchema.safeParse(fault.kind ? { ...options, fault } : options);
  if (!parsed.success) throw new DirectiveError(explain(parsed.error));
  return { behaviour: parsed.data, rest };
}

function scan(message: string, from: number): { items: [string, unknown][]; end: number } {
  const items: [string, unknown][] = [];
  ITEM.lastIndex = from;
  for (;;) {
    const at = ITEM.lastIndex;
    const match = ITEM.exec(message);
    const [, name, value, delimiter] = match ?? [];
    if (!match || name === undefined) {
      throw new DirectiveError(
        `The simulate directive is not understood from here: "${message.slice(at, at + 40)}".`,
      );
    }
    items.push([name, value === undefined ? undefined : readValue(value)]);
    if (delimiter === ']]') return { items, end: ITEM.lastIndex };
  }
}

function readValue(source: string): unknown {
  if (/^-?\d+(\.\d+)?$/.test(source)) return Number(source);
  if (source === 'true' || source === 'false') return source === 'true';
  if (!/^["[]/.test(source)) return source;
  try {
    return JSON.parse(source);
  } catch {
    throw new DirectiveError(`This value is not JSON: ${source}`);
  }
}

function unknownItem(names: readonly string[]): DirectiveError {
  return new DirectiveError(
    `"${names.join('", "')}" is neither a fault nor an option without one. ` +
      `Faults: ${FAULT_KINDS.join(', ')}. Options: ${OPTION_NAMES.map(snakeCase).join(', ')}.`,
  );
}

/** Zod's issues in the names that the directive uses. */
function explain({ issues }: z.ZodError): string {
  return issues
    .map((issue) => {
      if (issue.code === 'unrecognized_keys')
        return `not taken here: ${issue.keys.map(snakeCase).join(', ')}`;
      return `${issue.path.map(String).map(snakeCase).join('.')}: ${issue.message}`;
    })
    .join('; ');
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
