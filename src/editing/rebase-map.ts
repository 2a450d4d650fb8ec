import type { TextChange, TextStep } from '../text/text-change.ts';

/** `shared`: in both texts; `gone`: only the model's, collaborators removed it; `added`: only the document's. */
type Kind = 'shared' | 'gone' | 'added';

interface Span {
  kind: Kind;
  length: number;
}

/**
 * Maps between two versions of one text: the model's, which only the model changes, and the document's, which has the
 * changes of collaborators, too. A change of the model becomes steps on the document that leave alone what
 * collaborators have added; changes of collaborators are recorded. Neither side waits for the other (EDIT-2).
 */
export class RebaseMap {
  #spans: Span[];

  constructor(length: number) {
    this.#spans = length > 0 ? [{ kind: 'shared', length }] : [];
  }

  /**
   * Rebases changes of the model's text onto the document. Where both insert at one place, the model's text comes
   * first.
   */
  rebase(changes: readonly TextChange[]): TextStep[] {
    const spans = new Spans();
    const steps: TextStep[] = [];
    const rest = [...this.#spans].reverse();
    let inModel = 0;
    let inDocument = 0;
    const keep = (span: Span) => {
      spans.push(span);
      if (span.kind !== 'gone') inDocument += span.length;
      if (span.kind !== 'added') inModel += span.length;
    };
    for (const { at, remove, insert } of changes) {
      while (inModel < at) {
        const span = take(rest, at - inModel);
        if (!span) throw new RangeError(`The model's text ends before ${at}.`);
        keep(span);
      }
      if (insert !== '') {
        steps.push({ at: inDocument, insert });
        spans.push({ kind: 'shared', length: insert.length });
        inDocument += insert.length;
      }
      for (let left = remove; left > 0; ) {
        const span = take(rest, left);
        if (!span) throw new RangeError(`The model's text ends before ${at + remove}.`);
        if (span.kind === 'added') {
          keep(span);
          continue;
        }
        if (span.kind === 'shared') steps.push({ at: inDocument, remove: span.length });
        inModel += span.length;
        left -= span.length;
      }
    }
    for (let span = rest.pop(); span; span = rest.pop()) spans.push(span);
    this.#spans = spans.all;
    return joined(steps);
  }

  /** Records what a collaborator did to the document. */
  collaborator(step: TextStep): void {
    const spans = new Spans();
    const rest = [...this.#spans].reverse();
    let inDocument = 0;
    while (inDocument < step.at) {
      const span = takeOfDocument(rest, step.at - inDocument);
      if (!span) throw new RangeError(`The document ends before ${step.at}.`);
      spans.push(span);
      if (span.kind !== 'gone') inDocument += span.length;
    }
    if ('insert' in step) {
      spans.push({ kind: 'added', length: step.insert.length });
    } else {
      for (let left = step.remove; left > 0; ) {
        const span = takeOfDocument(rest, left);
        if (!span) throw new RangeError(`The document ends before ${step.at + step.remove}.`);
        if (span.kind !== 'gone') left -= span.length;
        if (span.kind !== 'added') spans.push({ kind: 'gone', length: span.length });
      }
    }
    for (let span = rest.pop(); span; span = rest.pop()) spans.push(span);
    this.#spans = spans.all;
  }
}

/** Merges adjacent spans of one kind. */
class Spans {
  readonly all: Span[] = [];

  push({ kind, length }: Span): void {
    const last = this.all.at(-1);
    if (last?.kind === kind) last.length += length;
    else if (length > 0) this.all.push({ kind, length });
  }
}

/** Takes the next span, at most `most` units of it as the model's text counts. */
function take(rest: Span[], most: number): Span | undefined {
  const span = rest.pop();
  if (!span || span.kind === 'added' || span.length <= most) return span;
  rest.push({ kind: span.kind, length: span.length - most });
  return { kind: span.kind, length: most };
}

/** Takes the next span, at most `most` units of it as the document counts. */
function takeOfDocument(rest: Span[], most: number): Span | undefined {
  const span = rest.pop();
  if (!span || span.kind === 'gone' || span.length <= most) return span;
  rest.push({ kind: span.kind, length: span.length - most });
  return { kind: span.kind, length: most };
}

/** Merges removals at one place. */
function joined(steps: readonly TextStep[]): TextStep[] {
  const result: TextStep[] = [];
  for (const step of steps) {
    const last = result.at(-1);
    if (last && 'remove' in last && 'remove' in step && last.at === step.at) {
      result[result.length - 1] = { at: last.at, remove: last.remove + step.remove };
    } else {
      result.push(step);
    }
  }
  return result;
}
