import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { describeInBrowser, launch, openWindow } from '../support/browser.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { type Service, startService } from '../support/service.ts';

const ANSWER = Array.from({ length: 30 }, (_, index) => `${index} `).join('');

describeInBrowser('a real browser', () => {
  let browser: Browser;
  let service: Service;
  beforeAll(async () => {
    browser = await launch();
    service = await startService({ script: { tokens: 30, delayMs: 10 } });
  });
  afterAll(async () => {
    await browser.close();
    await service[Symbol.asyncDispose]();
  });

  // Chromium takes headers that were cut for all there are, and gives up; so the cuts are in what follows them.
  it.each([700, 900, 1400])(
    '[WIRE-5] runs the documented page, cut again and again after %s bytes',
    async (bytes) => {
      const manual = await readFile(new URL('../../docs/clients/event-source.md', import.meta.url), 'utf8');
      const [, example = ''] = /```html\n(.*?)```/s.exec(manual) ?? [];
      const question = `What is a run, after ${bytes} bytes?`;
      let loaded = Number.POSITIVE_INFINITY;
      await using proxy = await startCuttingProxy(
        () => service.url,
        (connection) => (connection >= loaded && connection < loaded + 3 ? bytes : undefined),
      );
      await using window = await openWindow(browser, `${proxy.url}/healthz`);
      // What the browser keeps open would not be cut.
      proxy.cutAll();
      loaded = proxy.connections;
      // From the address that the reader of the manual would have put there.
      const html = example.replace('http://127.0.0.1:3000', proxy.url).replace('What is a run?', question);
      await window.page.setContent(html);
      await window.page.waitForFunction(
        (answer) => document.querySelector('#answer')?.textContent === answer,
        ANSWER,
      );
      expect(window.incidents).toEqual([]);
      expect(service.query('SELECT id FROM Message WHERE content = ?', question)).toHaveLength(1);
      expect(proxy.connections - loaded).toBeGreaterThanOrEqual(2);
    },
  );

  it('[WIRE-6] shows the page of the interface, drawn and unblocked by its own policy', async () => {
    await using window = await openWindow(browser, `${service.url}/docs`);
    await window.page.getByText('POST /api/chat', { exact: true }).click();
    await window.page.getByText('What is a run?').first().waitFor();
    const width = await window.page.evaluate(() => getComputedStyle(document.body).maxWidth);
    expect(width).toBe('960px');
    expect(window.incidents).toEqual([]);
    await window.screenshot('interface');
  });
});
