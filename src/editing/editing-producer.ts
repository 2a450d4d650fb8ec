import type { EditReport } from '../runs/events.ts';
import type { EditSink, Ending, Producer } from '../runs/producer.ts';
import type { EditSession } from './edit-session.ts';

/** What becomes of an edit beside the answer. */
export interface EditLife {
  session: EditSession;
  /** Before the model is asked. What it throws fails the run. */
  begin(): Promise<void>;
  /** The last that is done. `failure`: why not all that was said is in the document; null: it is. */
  finish(ending: Ending, failure: unknown): Promise<EditReport | null>;
}

/**
 * A producer around a model's: what the model says is read for files, which go into the document; the rest is the answer.
 * The model's side of it, with its retries and clocks, knows nothing of that.
 */
export function withEditing(producer: Producer, { session, begin, finish }: EditLife): Producer<EditSink> {
  return async (sink, signal) => {
    const beginning = begin();
    sink.beforeEnd(async (ending) => {
      session.sayTo(ending.mark);
      const failure = await beginning
        .then(() => session.end(ending.complete))
        .then(
          () => null,
          (error: unknown) => error,
        );
      return { edit: await finish(ending, failure), failure };
    });
    await beginning;
    session.begin(sink);
    const completion = await producer(
      {
        content: (text) => session.push(text),
        reasoning: (text) => sink.reasoning(text),
        redact: (from, to) => session.redact(from, to),
        status: (remark) => sink.status(remark),
      },
      signal,
    );
    await session.end(true);
    return completion;
  };
}
