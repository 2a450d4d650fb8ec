import { useLayoutEffect, useRef } from 'preact/hooks';
import { usePrinting } from '../shell/printing.ts';
import { MarkdownDocument } from './document.tsx';
import { Pacer } from './pacer.ts';

interface Props {
  text: string;
  /**
   * Whether the text is complete; until then it is drawn at the pace that the page can keep. A long one comes in
   * several turns.
   */
  finished: boolean;
}

/** Renders Markdown that may still grow. */
export function Markdown({ text, finished }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const printing = usePrinting();
  const latest = useRef({ text, finished, printing });
  const drawing = useRef<{ document: MarkdownDocument; pacer: Pacer }>(null);
  latest.current = { text, finished, printing };

  useLayoutEffect(() => {
    if (!element.current) return;
    const document = new MarkdownDocument(element.current);
    const draw = () => {
      const { text, finished, printing } = latest.current;
      if (!document.draw(text, finished, printing)) pacer.ask();
    };
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
    if (finished || printing) drawing.current?.pacer.now();
    else drawing.current?.pacer.ask();
  }, [text, finished, printing]);

  return <div class="markdown" ref={element} />;
}
