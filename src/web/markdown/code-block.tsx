import { CopyButton } from '../shell/copy-button.tsx';

/** A block of code with a button that copies it. */
export function CodeBlock({ language, text }: { language: string; text: string }) {
  return (
    <figure class="code" dir="ltr">
      <figcaption>
        <span>{language || 'text'}</span>
        <CopyButton text={() => text}>
          Copy<span class="unseen"> code</span>
        </CopyButton>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}
