import { z } from 'zod';
import { type Behaviour, BehaviourSchema, mergeBehaviours, type ResolvedBehaviour } from './behaviour.ts';
import { parseDirective } from './directive.ts';
import type { RecordedRequest } from './recorder.ts';
import { question } from './request.ts';

/** How to respond: a fixed behaviour, or a function of the request. */
export type Script = Behaviour | ((request: RecordedRequest) => Behaviour | undefined);

/** Maximum number of keys; the oldest are dropped. */
const KEPT_KEYS = 10_000;

/** Decides how to respond to each request: by the script, overridden by the directive in its last message. */
export class Director {
  #script: Script = {};
  readonly #struck = new Map<string, number>();

  /**
   * Takes effect with the next request, and resets the counts of `times`. @throws {TypeError} for an invalid behaviour.
   */
  set script(script: Script) {
    this.#script = typeof script === 'function' ? script : resolve(script);
    this.#struck.clear();
  }

  /** @throws {DirectiveError} */
  direct(request: RecordedRequest): { behaviour: ResolvedBehaviour; asked: string } {
    const message = question(request.body);
    const scripted = typeof this.#script === 'function' ? (this.#script(request) ?? {}) : this.#script;
    const directive = parseDirective(message);
    const behaviour = mergeBehaviours(resolve(scripted), directive?.behaviour ?? {});
    return { behaviour: this.#spend(behaviour, message), asked: directive?.rest ?? message };
  }

  /** Removes the fault after `times` requests. */
  #spend(behaviour: ResolvedBehaviour, message: string): ResolvedBehaviour {
    const { fault, times, key = message } = behaviour;
    if (!fault || times === undefined) return behaviour;
    const struck = this.#struck.get(key) ?? 0;
    if (struck >= times) return { ...behaviour, fault: undefined };
    this.#struck.set(key, struck + 1);
    const [oldest] = this.#struck.keys();
    if (this.#struck.size > KEPT_KEYS && oldest !== undefined) this.#struck.delete(oldest);
    return behaviour;
  }
}

function resolve(behaviour: Behaviour): ResolvedBehaviour {
  const parsed = BehaviourSchema.safeParse(behaviour);
  if (!parsed.success) throw new TypeError(`Not a behaviour: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
