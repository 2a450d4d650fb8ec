import { useMemo } from 'preact/hooks';
import { CodeBlock } from '../markdown/code-block.tsx';
import { laidOut } from './json-text.ts';

/** An answer in JSON, formatted with a line for each entry. Invalid JSON is shown as received. */
export function JsonAnswer({ text, finished }: { text: string; finished: boolean }) {
  const shown = useMemo(() => (finished && !isJson(text) ? text : laidOut(text)), [text, finished]);
  return (
    <div class="markdown">
      <CodeBlock language="json" text={shown} />
    </div>
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
