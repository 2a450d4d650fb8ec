import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** This close to the end, in pixels, a reader counts as being there. */
const NEAR_PX = 48;

interface Props {
  /** What it shows; another one begins at its end. */
  subject: string;
  /** Whether it is what its page is about. */
  isMain?: boolean;
  children: ComponentChildren;
}

/**
 * A region that stays at its end while it grows, unless its reader has scrolled up; then a button leads back.
 */
export function FollowingScroll({ subject, isMain = true, children }: Props) {
  const region = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    following.current = true;
    if (region.current) region.current.scrollTop = region.current.scrollHeight;
    setAway(false);
  }, []);
  const look = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = region.current ?? {};
    following.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    setAway(!following.current);
  };

  useEffect(() => {
    if (!region.current || !content.current) return;
    const observer = new ResizeObserver(() => {
      if (following.current) toEnd();
    });
    observer.observe(region.current);
    observer.observe(content.current);
    return () => observer.disconnect();
  }, [toEnd]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another subject begins at its end
  useEffect(toEnd, [subject, toEnd]);

  return (
    // It can be reached with the keyboard because it scrolls.
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
