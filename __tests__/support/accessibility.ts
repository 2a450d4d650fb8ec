import axe from 'axe-core';
import type { Window } from './browser.ts';

/** What axe-core finds wrong, shadow roots included. */
export async function violationsIn({ page }: Window): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => {
    const run: unknown = Reflect.get(Reflect.get(globalThis, 'axe'), 'run');
    if (typeof run !== 'function') throw new Error('axe is not there');
    return run() as Promise<axe.AxeResults>;
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** What is wider than the room that it has; `page` where that is the screen. */
export function overflowingIn({ page }: Window): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const parts = document.querySelectorAll(
      '.scroll, .scroll .message, header, footer, form, nav, .side, .viewers, .edited',
    );
    return [
      ...(scrollWidth > clientWidth ? ['page'] : []),
      ...Array.from(parts)
        .filter((part) => part.scrollWidth > part.clientWidth + 1)
        .map(({ className }) => className),
    ];
  });
}
