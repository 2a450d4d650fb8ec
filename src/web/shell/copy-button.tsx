import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { copyText } from './clipboard.ts';

/** How long the button shows the result, in ms. */
const SAID_MS = 2_000;

interface Props {
  /** Called when it is clicked. */
  text: () => string;
  children: ComponentChildren;
  class?: string;
}

/** Copies a text, and shows whether that worked. */
export function CopyButton({ text, children, class: className = 'quiet' }: Props) {
  const [said, setSaid] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    setSaid((await copyText(text())) ? 'Copied' : 'Could not copy');
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setSaid(''), SAID_MS);
  };
  return (
    <button type="button" class={className} onClick={copy}>
      {said || children}
      <span role="status" class="unseen">
        {said}
      </span>
    </button>
  );
}
