import type { Locator, Page } from 'playwright-core';

/** Those who are shown by exactly this name; the user's own has `(you)` after it. */
export function people(page: Page, name: string): Locator {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const list = page.getByRole('region', { name: 'Who is here' }).getByRole('listitem');
  return list.filter({ hasText: new RegExp(`^${escaped}$`) });
}
