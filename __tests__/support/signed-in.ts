import type { Browser, BrowserContextOptions } from 'playwright-core';
import { openWindow, type Window } from './browser.ts';

/** A window of somebody who has signed in with a key. */
export async function openSignedIn(
  browser: Browser,
  url: string,
  key: string,
  options: BrowserContextOptions = {},
): Promise<Window> {
  const window = await openWindow(browser, url, options);
  const field = window.page.getByLabel('API key', { exact: true });
  await field.fill(key);
  await window.page.keyboard.press('Enter');
  await field.waitFor({ state: 'detached' });
  return window;
}
