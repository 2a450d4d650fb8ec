import type { Browser } from 'playwright-core';
import { launch } from './browser.ts';
import { buildPage } from './built-page.ts';
import { type Service, startService } from './service.ts';

/** What the tests of one `describe` share. Both are there when its tests run, and end with them. */
export interface BrowserAndService {
  readonly browser: Browser;
  readonly service: Service;
}

/** Builds the page, starts a browser and a service before the tests of the surrounding `describe`. */
export function browserAndService(options?: Parameters<typeof startService>[0]): BrowserAndService {
  let browser: Browser | undefined;
  let service: Service | undefined;
  beforeAll(async () => {
    await buildPage();
    [browser, service] = await Promise.all([launch(), startService(options)]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });
  return {
    get browser() {
      return started(browser);
    },
    get service() {
      return started(service);
    },
  };
}

function started<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error('Used before the tests began.');
  return part;
}
