import { setTimeout as sleep } from 'node:timers/promises';
import { below, oneOf, type Random } from './random.ts';
import { Reader } from './reader.ts';

/** Counts of terminals, and unexpected results. */
export interface SoakTally {
  runs: number;
  /** Questions that were refused because the chat was busy. */
  busy: number;
  ends: Record<string, number>;
  faults: string[];
}

const FAULTS = [
  ...['unauthorized', 'rate_limit, retry_after_ms=1', 'server_error', 'garbage'],
  ...[
    'stall, at=start',
    'stall, at=2',
    'close, at=2',
    'reset, at=1',
    'cut_short, at=2',
    'error, at=2',
    'malformed, at=1',
  ],
  ...['answer_filtered, at=2', 'late_violation, from=1, to=5', 'pause, ms=30'],
] as const;

/** Visits one after the other, each at random: reads, disconnects, resumes, stops, deletes, or meets a fault. */
export class SoakLoad {
  readonly tally: SoakTally = { runs: 0, busy: 0, ends: {}, faults: [] };

  constructor(
    private readonly url: string,
    private readonly random: Random,
  ) {}

  /** So many runs, so many at once. */
  async play(runs: number, atOnce: number): Promise<void> {
    let left = runs;
    const people = Array.from({ length: atOnce }, async (_, person) => {
      while (left > 0) {
        left -= 1;
        await this.#visit(`chat-${person}-${below(this.random, 20)}`);
        this.tally.runs += 1;
      }
    });
    await Promise.all(people);
  }

  async #visit(chatId: string): Promise<void> {
    const question = this.#question();
    const leaves = this.random() < 0.3;
    const abort = new AbortController();
    const reader = new Reader();
    const following = reader.follow(this.#ask(chatId, question, abort.signal)).catch((error: unknown) => {
      // After a disconnect the run may still be active.
      if (String(error).includes('got 409')) this.tally.busy += 1;
      else if (!leaves) this.tally.faults.push(`${question}: ${String(error)}`);
    });
    if (leaves) {
      await sleep(below(this.random, 60));
      abort.abort();
    } else if (this.random() < 0.2) {
      await sleep(below(this.random, 40));
      const { runId } = reader.sight;
      if (runId !== null) await this.#post(`/api/runs/${runId}/stop`);
    }
    await following;
    const { runId, position } = reader.sight;
    // Resumes, or not.
    if (leaves && runId !== null && this.random() < 0.7) await this.#comeBack(runId, Math.max(0, position));
    else this.#count(question, reader);
    await this.#endOf(chatId);
    if (this.random() < 0.1) await fetch(`${this.url}/api/chat/${chatId}`, { method: 'DELETE' });
  }

  #question(): string {
    const number = below(this.random, 1e6);
    if (this.random() < 0.25)
      return `[[simulate: ${oneOf(this.random, FAULTS)}, tokens=6, delay_ms=1]] ${number}`;
    const tokens = oneOf(this.random, [0, 1, 20, 60, 400]);
    const delay = oneOf(this.random, [0, 0, 1, 3]);
    return `[[simulate: tokens=${tokens}, delay_ms=${delay}, first_delay_ms=0]] ${number}`;
  }

  #ask(chatId: string, content: string, signal: AbortSignal): Promise<Response> {
    const onDisconnect = this.random() < 0.3 ? 'cancel' : 'continue';
    return fetch(`${this.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ chatId, messages: [{ role: 'user', content }], options: { onDisconnect } }),
      signal,
    });
  }

  async #post(path: string): Promise<void> {
    await (await fetch(`${this.url}${path}`, { method: 'POST' })).text();
  }

  async #comeBack(runId: string, position: number): Promise<void> {
    const response = await fetch(`${this.url}/api/runs/${runId}/stream`, {
      headers: { 'last-event-id': `${runId}:${position}` },
    });
    if (response.status === 204) return;
    const reader = new Reader();
    await reader.follow(Promise.resolve(response));
    this.#count(runId, reader);
  }

  /** Waits until the chat is free for the next visit. */
  async #endOf(chatId: string): Promise<void> {
    const response = await fetch(`${this.url}/api/chat/${chatId}/stream`);
    await response.text();
  }

  #count(what: string, { sight: { runId, terminals } }: Reader): void {
    const [terminal] = terminals;
    if (terminals.length > 1) this.tally.faults.push(`${what}: ${terminals.length} terminals`);
    if (runId === null || !terminal) return;
    const { ends } = this.tally;
    ends[terminal.type] = (ends[terminal.type] ?? 0) + 1;
  }
}
