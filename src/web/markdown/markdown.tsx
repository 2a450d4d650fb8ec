import { useLayoutEffect, useRef } from 'preact/hooks';
import { MarkdownDocument } from './document.tsx';
import { Pacer } from './pacer.ts';

interface Props {
  text: string;
  /** Whether the text is complete; until then it is drawn at the pace that the page can keep. */
  finished: boolean;
}

/** Markdown, also while it grows. */
export function Markdown({ text, finished }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef({ text, finished });
  const drawing = useRef<{ document: MarkdownDocument; pacer: Pacer }>(null);
  latest.current = { text, finished };

  useLayoutEffect(() => {
    if (!element.current) return;
    const document = new MarkdownDocument(element.current);
    const draw = () => document.draw(latest.current.text, latest.current.finished);
    const pacer = new Pacer(draw);
    drawing.current = { document, pacer };
    draw();
    return () => {
      pacer.stop();
      document.clear();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn is read from `latest`
  useLayoutEffect(() => {
    if (finished) drawing.current?.pacer.now();
    else drawing.current?.pacer.ask();
  }, [text, finished]);

  return <div class="markdown" ref={element} />;
}
