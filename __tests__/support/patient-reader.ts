import { isTerminal, type TerminalEvent } from '../../src/wire/events.ts';
import { type CutReading, type CutRequest, readCut } from './cut-reader.ts';

/** A reader that keeps only what docs/protocol.md says a client has to keep: the text, and the id of the last event. */
export class PatientReader {
  content = '';
  reasoning = '';
  readonly terminals: TerminalEvent[] = [];
  /** How often it had to come back. */
  returns = 0;
  runId: string | null;
  #lastId: string | null = null;
  #position = 0;

  constructor(
    private readonly url: string,
    /** How it asks, with an Idempotency-Key; or the run that it follows. */
    private readonly beginning: CutRequest | string,
  ) {
    this.runId = typeof beginning === 'string' ? beginning : null;
  }

  /** Reads to the end, over connections that are cut after so many bytes; those after the last cut are not cut. */
  async read(cuts: readonly number[]): Promise<this> {
    for (let connection = 0; ; connection += 1) {
      const reading = await readCut(this.url, this.#request(), cuts[connection] ?? Number.POSITIVE_INFINITY);
      this.#take(reading);
      if (this.terminals.length > 0 || reading.status === 204) return this;
      if (reading.whole) throw new Error('the stream ended without a terminal');
      if (connection >= cuts.length) throw new Error('the server cut a connection');
      this.returns += 1;
    }
  }

  #request(): CutRequest {
    if (this.runId === null && typeof this.beginning !== 'string') return this.beginning;
    return {
      method: 'GET',
      path: `/api/runs/${this.runId}/stream`,
      headers: this.#lastId === null ? {} : { 'last-event-id': this.#lastId },
    };
  }

  #take({ status, headers, events }: CutReading): void {
    if (status !== null && status !== 200 && status !== 204) throw new Error(`status ${status}`);
    this.runId ??= headers.get('x-run-id') ?? null;
    for (const event of events) {
      const position = Number(event.id.split(':')[1]);
      this.#advance(position, event);
      this.#lastId = event.id;
      if (event.type === 'content') this.content += event.content;
      if (event.type === 'reasoning') this.reasoning += event.content;
      if (event.type === 'redact') {
        const { from, to } = event;
        this.content = this.content.slice(0, from) + '█'.repeat(to - from) + this.content.slice(to);
      }
      if (isTerminal(event)) this.terminals.push(event);
    }
  }

  /** A position says how much its reader has: what moves it, and by how much, is part of the protocol. */
  #advance(position: number, event: CutReading['events'][number]): void {
    const text = event.type === 'content' || event.type === 'reasoning';
    const passing = event.type === 'start' || event.type === 'status' || event.type === 'progress';
    const step = text ? event.content.length : passing ? 0 : 1;
    if (position !== this.#position + step)
      throw new Error(
        `${event.type} moved the position from ${this.#position} to ${position}, not by ${step}`,
      );
    this.#position = position;
  }
}
