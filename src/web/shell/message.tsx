import type { ComponentChildren } from 'preact';
import { memo } from 'preact/compat';
import { Markdown } from '../markdown/markdown.tsx';
import { JsonAnswer } from '../structured/json-answer.tsx';
import { isJsonText } from '../structured/json-text.ts';

export interface MessageProps {
  role: 'user' | 'assistant';
  content: string;
  reasoning?: string | null | undefined;
  /** Whether it streams. */
  live: boolean;
  /** Below the text: progress or outcome of an answer, buttons. */
  children?: ComponentChildren;
}

/** One message. A question is shown as written, an answer as Markdown or as formatted JSON. */
export function Message({ role, content, reasoning, live, children }: MessageProps) {
  return (
    <li class={`message ${role} ${live ? 'live' : 'settled'}`} aria-busy={live}>
      <h2 class="unseen">{role === 'user' ? 'Question' : 'Answer'}</h2>
      {role === 'user' ? (
        <div class="said" dir="auto">
          {content}
        </div>
      ) : (
        <Answer content={content} reasoning={reasoning ?? ''} live={live} />
      )}
      {children}
    </li>
  );
}

const Answer = memo(({ content, reasoning, live }: { content: string; reasoning: string; live: boolean }) => (
  <div class="answer">
    {reasoning && (
      <details class="reasoning" open={live && content === ''}>
        <summary>Thoughts</summary>
        <p dir="auto">{reasoning}</p>
      </details>
    )}
    {isJsonText(content) ? (
      <JsonAnswer text={content} finished={!live} />
    ) : (
      <Markdown text={content} finished={!live} />
    )}
  </div>
));
