import type { TerminalEvent } from './events.ts';

/** What live and ended runs have in common. */
interface AnyRun<Time> {
  runId: string;
  chatId: string;
  /** Of the answer. */
  messageId: string;
  provider: string;
  model: string;
  createdAt: Time;
  /** `<runId>:<position>`, of the newest event. */
  lastEventId: string;
}

/** A run of a chat (`GET /api/runs/{id}`). */
export interface RunView<Time = string> extends AnyRun<Time> {
  /** The wire protocol of the request that began it: native, ui, openai … */
  protocol: string;
  /** Null while the run is live. */
  terminal: TerminalEvent | null;
}

export interface LiveRun<Time = string> extends AnyRun<Time> {
  chunks: number;
  /** Of the answer so far, in UTF-16 units. */
  characters: number;
}

/** The runs that live now (`GET /api/runs?status=live`). */
export interface LiveRuns<Time = string> {
  runs: LiveRun<Time>[];
}
