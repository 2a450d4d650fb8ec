import type { EditSink, Ending, Producer } from '../runs/producer.ts';
import type { EditReport } from '../wire/events.ts';
import type { StreamedEdit } from './streamed-edit.ts';

/** What is done around the answer of an edit. */
export interface EditHooks {
  edit: StreamedEdit;
  /** Before the model is asked. What it throws fails the run. */
  begin(): Promise<void>;
  /** Called last. `failure`: why not everything the model wrote is in the document; null: it is. */
  finish(ending: Ending, failure: unknown): Promise<EditReport | null>;
}

/**
 * Wraps a model's producer: file blocks of its answer go into the document, the rest is the answer of the run. The
 * wrapped producer, with its retries and clocks, knows nothing of files.
 */
export function withEditing(producer: Producer, { edit, begin, finish }: EditHooks): Producer<EditSink> {
  return async (sink, signal) => {
    const beginning = begin();
    let emit = sink.emit.bind(sink);
    sink.beforeEnd(async (ending) => {
      // The outcome of the run is decided: from here on its sink ignores events.
      emit = (event) => ending.emit(event);
      const failure = await beginning
        .then(() => edit.end(ending.complete))
        .then(
          () => null,
          (error: unknown) => error,
        );
      return { edit: await finish(ending, failure), failure };
    });
    await beginning;
    edit.begin({
      content: (text) => sink.content(text),
      redact: (from, to) => sink.redact(from, to),
      aside: (text, chunks) => sink.aside(text, chunks),
      withdraw: (fileId) => sink.withdraw(fileId),
      emit: (event) => emit(event),
    });
    const completion = await producer(
      {
        content: (text) => edit.push(text),
        reasoning: (text) => sink.reasoning(text),
        redact: (from, to) => edit.redact(from, to),
        status: (remark) => sink.status(remark),
        emit: (event) => sink.emit(event),
      },
      signal,
    );
    await edit.end(true);
    return completion;
  };
}
