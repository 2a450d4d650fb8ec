import type { ServerResponse } from 'node:http';
import type { Step } from './steps.ts';

/**
 * Executes steps on a response: waits when the client reads slowly, and stops when it disconnects. It uses at most one
 * timer and no promise per token, so that thousands of slow streams are cheap.
 */
export class Playback {
  readonly #response: ServerResponse;
  readonly #steps: Iterator<Step, void>;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(response: ServerResponse, steps: Iterator<Step, void>) {
    this.#response = response;
    this.#steps = steps;
    response.once('close', () => this.#stop());
    this.#advance();
  }

  /** Whether it was the simulator that ended the response, well or badly. */
  get isOver(): boolean {
    return this.#over;
  }

  readonly #advance = (): void => {
    while (!this.#response.destroyed) {
      const { done, value: step } = this.#steps.next();
      if (done) {
        this.#over = true;
        this.#response.end();
        return;
      }
      if (this.#perform(step) === 'later') return;
    }
  };

  #perform(step: Step): 'now' | 'later' {
    const response = this.#response;
    switch (step.kind) {
      case 'head':
        response.writeHead(step.status, step.headers);
        if (step.status === 200) response.flushHeaders();
        return 'now';
      case 'send':
        if (response.write(step.data)) return 'now';
        response.once('drain', this.#advance);
        return 'later';
      case 'flush':
        setImmediate(this.#advance);
        return 'later';
      case 'wait':
        this.#timer = setTimeout(this.#advance, step.ms);
        return 'later';
      case 'stall':
        return 'later';
      case 'close':
        this.#over = true;
        response.socket?.destroySoon();
        return 'later';
      case 'reset':
        this.#over = true;
        response.socket?.resetAndDestroy();
        return 'later';
    }
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#response.off('drain', this.#advance);
    this.#steps.return?.();
  }
}
