import { InvalidRequestError } from '../errors.ts';
import { type Component, dataOf, fieldOf, isObject, refresh, type SharedDoc, submit } from './shared-doc.ts';

/** What is being created now, by document: each waits for the one before. */
const creating = new Map<string, Promise<void>>();

/**
 * In json0 the later of two who create the same field wins, and what the first one has put into it since is gone. So only
 * one at a time creates, and only when the newest version of the document lacks it. `missing`: what is to be added to the
 * document as it is. Resolves when the server has it.
 */
export async function ensured(doc: SharedDoc, missing: () => Component[]): Promise<void> {
  if (missing().length === 0) return;
  const key = `${doc.collection}/${doc.id}`;
  const create = async () => {
    await refresh(doc);
    await submit(doc, missing());
  };
  const turn = (creating.get(key) ?? Promise.resolve()).then(create, create);
  creating.set(key, turn);
  try {
    await turn;
  } finally {
    if (creating.get(key) === turn) creating.delete(key);
  }
}

/** An object at the top of the document, empty where there is none. Throws InvalidRequestError where something else is. */
export function missingContainer(doc: SharedDoc, name: string): Component[] {
  const container = fieldOf(dataOf(doc), name);
  if (container === undefined) return [{ p: [name], oi: {} }];
  if (isObject(container) && !Array.isArray(container)) return [];
  throw InvalidRequestError.field('doc', `keeps something else under "${name}"`);
}
