import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** A scroll position this close to the end, in pixels, counts as the end. */
const NEAR_PX = 48;

interface Props {
  /** Identifies the content; another subject scrolls to the end. */
  subject: string;
  /** Whether it is the main region of its page. */
  isMain?: boolean;
  children: ComponentChildren;
}

/**
 * A region that stays scrolled to its end while it grows, unless the user has scrolled up; then a button leads back.
 */
export function FollowingScroll({ subject, isMain = true, children }: Props) {
  const region = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  /** The scrolling element and its sizes at the last look. */
  const seen = useRef<Seen>(seenOf(null));
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    following.current = true;
    const scroller = scrollerOf(region.current);
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
    seen.current = seenOf(scroller);
    setAway(false);
  }, []);
  const look = useCallback(() => {
    const before = seen.current;
    const now = seenOf(scrollerOf(region.current));
    seen.current = now;
    // Not scrolled by the user: the window was resized, or messages near the screen were laid out.
    const isResized =
      now.scroller !== before.scroller || now.height !== before.height || now.content !== before.content;
    if (following.current && isResized) {
      toEnd();
      return;
    }
    following.current = now.content - (now.scroller?.scrollTop ?? 0) - now.height < NEAR_PX;
    setAway(!following.current);
  }, [toEnd]);

  useEffect(() => {
    if (!region.current || !content.current) return;
    const observer = new ResizeObserver(() => {
      if (following.current) toEnd();
    });
    observer.observe(region.current);
    observer.observe(content.current);
    window.addEventListener('scroll', look);
    return () => {
      observer.disconnect();
      window.removeEventListener('scroll', look);
    };
  }, [look, toEnd]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another subject begins at its end
  useEffect(toEnd, [subject, toEnd]);

  return (
    // Focusable because it scrolls.
    <section
      class="scroll"
      role={isMain ? 'main' : 'region'}
      ref={region}
      onScroll={look}
      tabIndex={0}
      aria-label="Messages"
    >
      <div class="column" ref={content}>
        {children}
      </div>
      {away && (
        <div class="to-end">
          <button type="button" onClick={toEnd}>
            ↓ Newest
          </button>
        </div>
      )}
    </section>
  );
}

interface Seen {
  scroller: Element | null;
  height: number;
  content: number;
}

function seenOf(scroller: Element | null): Seen {
  return { scroller, height: scroller?.clientHeight ?? 0, content: scroller?.scrollHeight ?? 0 };
}

/** The region, or the whole page where there is too little height for a region (short.css). */
function scrollerOf(region: HTMLElement | null): Element | null {
  if (!region || getComputedStyle(region).overflowY !== 'visible') return region;
  return document.scrollingElement;
}
