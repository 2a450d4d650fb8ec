import type { Browser } from 'playwright-core';
import {
  answerContains,
  answered,
  answerIn,
  askIn,
  describeInBrowser,
  launch,
  openWindow,
} from '../support/browser.ts';
import { buildPage } from '../support/built-page.ts';
import { startService } from '../support/service.ts';

describeInBrowser('waiting for a provider', () => {
  let browser: Browser;

  beforeAll(async () => {
    await buildPage();
    browser = await launch();
  });
  afterAll(() => browser.close());

  it('[RUN-9] shows the clock of the first word, says what happened when it has run out, and tries again', async () => {
    await using service = await startService({
      config: { stream: { firstTokenTimeoutMs: 4_000 }, retry: { attempts: 2 } },
    });
    service.simulator.setBehaviour({
      fault: { kind: 'stall', at: 'start' },
      text: 'Hello',
      times: 2,
      key: 'k',
    });
    await using window = await openWindow(browser, service.url);
    const { page } = window;
    await askIn(window, 'Are you there?');
    await page.getByText(/^Waiting for the first word · \d s$/).waitFor();
    await page.getByText(/^Waiting for the first word · \d s of at most 4 s$/).waitFor();
    const clock = page.getByRole('progressbar', { name: 'Until the provider is given up' });
    expect(await clock.evaluate((element) => element instanceof HTMLProgressElement && element.max)).toBe(
      4_000,
    );
    await page
      .getByText(/^The provider took too long to begin\. Trying again\. \(attempt 2 of 2\) · \d s/)
      .waitFor();
    await page
      .getByText('The provider took too long to begin: it had 4 s. Nothing of an answer had come.')
      .waitFor();
    expect(await clock.count()).toBe(0);
    await window.screenshot('first-token-timeout');
    await page.getByRole('button', { name: 'Try again' }).click();
    await answerContains(window, 'Hello');
    await answered(window);
    expect(window.incidents).toEqual([]);
  });

  it('[RUN-9] shows the clock of silence in the middle, and keeps what had come', async () => {
    await using service = await startService({ config: { stream: { idleTimeoutMs: 6_000 } } });
    service.simulator.setBehaviour({ tokens: 20, delayMs: 0, fault: { kind: 'stall', at: 5 } });
    await using window = await openWindow(browser, service.url);
    const { page } = window;
    await askIn(window, 'Go on');
    await page.getByText(/^Answering · 10 characters · silent for \d s of at most 6 s$/).waitFor();
    await window.screenshot('silent');
    await page
      .getByText('The provider fell silent in the middle: it had 6 s. What had come is kept.')
      .waitFor();
    expect(await answerIn(window)).toBe('0 1 2 3 4');
    expect(window.incidents).toEqual([]);
  });

  it('[CLIENT-4] Enter twice asks once', async () => {
    await using service = await startService();
    service.simulator.setBehaviour({ tokens: 30, delayMs: 20 });
    await using window = await openWindow(browser, service.url);
    const { page } = window;
    const field = page.getByRole('textbox', { name: 'Message' });
    await field.fill('Once');
    await field.evaluate((element) => {
      // In one task: nothing has been drawn in between.
      for (let times = 0; times < 3; times += 1) {
        element.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }),
        );
      }
    });
    await page.keyboard.press('Enter');
    await answered(window);
    expect(await page.locator('.message.user').count()).toBe(1);
    expect(service.simulator.requests).toHaveLength(1);
    expect(window.incidents).toEqual([]);
  });
});
