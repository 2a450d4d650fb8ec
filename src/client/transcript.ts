import type { ClientEvent } from './events.ts';

/** What redacted units read as, one for one. */
const REDACTED = '\u2588';

/** The text of a run, as its events make it. */
export class Transcript {
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
      case 'start':
      case 'status':
      case 'progress':
      case 'file_start':
      case 'file_complete':
      case 'file_delete':
      case 'status_update':
      case 'complete':
      case 'stopped':
      case 'error':
        break;
    }
  }
}
