import { useState } from 'preact/hooks';
import { copyText } from '../shell/clipboard.ts';

/** How long the button says that it has copied, in ms. */
const COPIED_MS = 2_000;

/** A block of code with a button that copies it. */
export function CodeBlock({ language, text }: { language: string; text: string }) {
  const [label, setLabel] = useState('Copy');
  const copy = async () => {
    setLabel((await copyText(text)) ? 'Copied' : 'Not allowed');
    setTimeout(() => setLabel('Copy'), COPIED_MS);
  };
  return (
    <figure class="code">
      <figcaption>
        <span>{language || 'text'}</span>
        <button type="button" class="quiet" onClick={copy}>
          <span aria-live="polite">{label}</span>
          <span class="unseen"> code</span>
        </button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}
