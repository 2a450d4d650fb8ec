import { isTerminal, type RunEvent, type TerminalEvent } from '../../src/wire/events.ts';

/** What one reader had received of a run at the end of its connection. */
export interface Sight {
  runId: string | null;
  chatId: string | null;
  /** UTF-16 units of content. */
  text: string;
  /** As in the id of the last whole event; -1: none came. */
  position: number;
  /** Never more than one. */
  terminals: TerminalEvent[];
  /** When text had grown to `length`; ms, as `performance.now()` says them. */
  arrivals: Array<{ length: number; at: number }>;
}

/** Follows a stream of the native protocol to its end or to that of its connection; never rejects after the headers. */
export class Reader {
  readonly sight: Sight = {
    runId: null,
    chatId: null,
    text: '',
    position: -1,
    terminals: [],
    arrivals: [],
  };

  /**
   * `onBegin`: called with the run's id when the headers came. Throws what fetch throws when there is no answer, and an
   * Error for any status but 200.
   */
  async follow(asked: Promise<Response>, onBegin?: (runId: string) => void): Promise<Sight> {
    const response = await asked;
    if (response.status !== 200 || !response.body) {
      throw new Error(`expected a stream, got ${response.status}: ${await response.text()}`);
    }
    this.sight.runId = response.headers.get('x-run-id');
    this.sight.chatId = response.headers.get('x-chat-id');
    if (this.sight.runId !== null) onBegin?.(this.sight.runId);
    let rest = '';
    try {
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        const frames = (rest + text).split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames) this.#take(frame);
      }
    } catch {
      // The connection broke: what was seen is what counts.
    }
    return this.sight;
  }

  #take(frame: string): void {
    const match = /^(?::[^\n]*\n)*id: [^:\n]+:(\d+)\ndata: ([^\n]+)$/.exec(frame);
    if (!match?.[1] || !match[2]) return;
    const event: RunEvent = JSON.parse(match[2]);
    this.sight.position = Number(match[1]);
    if (event.type === 'content') {
      this.sight.text += event.content;
      this.sight.arrivals.push({ length: this.sight.text.length, at: performance.now() });
    }
    if (isTerminal(event)) this.sight.terminals.push(event);
  }
}
