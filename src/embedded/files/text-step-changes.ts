import type { TextStep } from '../../text/text-change.ts';
import type { Change } from '../document/change.ts';

/** Converts steps on the text of a file to changes of the document. */
export function changesOf(fileId: string, steps: readonly TextStep[], text: string): Change[] {
  const path = ['files', fileId, 'text'];
  let current = text;
  return steps.map((step) => {
    const { at } = step;
    const gone = 'remove' in step ? current.slice(at, at + step.remove) : '';
    const added = 'insert' in step ? step.insert : '';
    current = current.slice(0, at) + added + current.slice(at + gone.length);
    return 'insert' in step
      ? { kind: 'insert', path, at, text: added }
      : { kind: 'remove', path, at, text: gone };
  });
}
