import type { ClientEvent } from '../events.ts';

/** Replaces each redacted UTF-16 unit. */
const REDACTED = '\u2588';

/** The text of a run, built from its events. */
export class RunText {
  content: string;
  reasoning: string;

  constructor(content = '', reasoning = '') {
    this.content = content;
    this.reasoning = reasoning;
  }

  apply(event: ClientEvent): void {
    switch (event.type) {
      case 'content':
        this.content += event.content;
        break;
      case 'reasoning':
        this.reasoning += event.content;
        break;
      case 'redact': {
        const { from, to } = event;
        const redacted = REDACTED.repeat(Math.max(Math.min(to, this.content.length) - from, 0));
        this.content = this.content.slice(0, from) + redacted + this.content.slice(to);
        break;
      }
      case 'cut':
        this.content = this.content.slice(0, event.to);
        break;
    }
  }
}
