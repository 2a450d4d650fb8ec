import type { Agent } from '../agent.ts';
import { TokenBucket } from './token-bucket.ts';

/**
 * CPU time of this process that one connection may take: a fifth, and a burst of a second; ms. It waits at most 5 s.
 */
const WORK = { perSecond: 200, burst: 1_000, maxDebt: 1_000 };

/** The CPU time that the messages of each connection have taken (LIMIT-2). */
export class WorkBudgets {
  readonly #work = new WeakMap<Agent, TokenBucket>();

  open(agent: Agent): void {
    this.#work.set(agent, new TokenBucket(WORK));
  }

  /** Adds CPU time; ms. */
  spend(agent: Agent, ms: number): void {
    this.#work.get(agent)?.take(ms);
  }

  /** How long the connection has to wait before its next message is processed; ms. */
  debtMs(agent: Agent): number {
    return this.#work.get(agent)?.debtMs ?? 0;
  }
}
