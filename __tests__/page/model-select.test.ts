import type { Browser } from 'playwright-core';
import { startSimulator } from '../../src/simulator/server.ts';
import {
  answerContains,
  answered,
  askIn,
  describeInBrowser,
  launch,
  openWindow,
} from '../support/browser.ts';
import { buildPage } from '../support/built-page.ts';
import { startService } from '../support/service.ts';

describeInBrowser('who answers', () => {
  let browser: Browser;

  beforeAll(async () => {
    await buildPage();
    browser = await launch();
  });
  afterAll(() => browser.close());

  it('[PROV-3] a model can be chosen, with its context and strengths, and is remembered', async () => {
    await using openai = await startSimulator({ script: { text: 'From the other provider.', delayMs: 0 } });
    await using service = await startService({
      config: { access: { openai: { apiKey: 'sk-test', baseUrl: `${openai.url}/openai/v1` } } },
    });
    await using chat = await openWindow(browser, service.url);
    const { page } = chat;
    await page.getByText('test-deployment · azure').waitFor();
    const choice = page.getByRole('combobox', { name: 'Model' });
    await choice.selectOption('gpt-4o');
    await page
      .locator('.about', { hasText: 'openai · 128,000 tokens of context · general purpose' })
      .waitFor();
    await askIn(chat, 'Who are you?');
    await answerContains(chat, 'From the other provider.');
    await answered(chat);
    await page.getByText('gpt-4o · openai').waitFor();
    await page.reload();
    await page.locator('.about', { hasText: 'general purpose' }).waitFor();
    expect(await choice.inputValue()).toBe('gpt-4o');
    expect(chat.incidents).toEqual([]);
  });

  it('[PROV-9] without a provider the page says from the beginning that a simulator answers', async () => {
    await using service = await startService({ azure: null });
    await using chat = await openWindow(browser, service.url);
    await chat.page.getByText('Answers come from the built-in simulator', { exact: false }).waitFor();
    await chat.screenshot('simulator');
    expect(chat.incidents).toEqual([]);
  });

  it('[PROV-9] with a provider it does not', async () => {
    await using service = await startService();
    await using chat = await openWindow(browser, service.url);
    await chat.page.getByText('test-deployment · azure').waitFor();
    expect(await chat.page.getByText('simulator').count()).toBe(0);
  });
});
