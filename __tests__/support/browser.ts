import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const FOUND = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
  .filter((path) => path !== undefined)
  .find((path) => existsSync(path));

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const SCREENSHOTS = fileURLToPath(new URL('../../test-output/screenshots/', import.meta.url));

/** A browser, a server and a simulator, on a machine that may be busy with other tests. */
jest.setTimeout(240_000);

if (!FOUND)
  console.warn('No Chromium is installed (or named by CHROMIUM_PATH): tests of the page are skipped.');

/** `describe` for what needs a browser: skipped, visibly, where there is none. */
export const describeInBrowser: typeof describe.skip = FOUND ? describe : describe.skip;

/** Chromium with a fresh profile. Close it. `without`: arguments that it gets otherwise. */
export function launch(without: string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: FOUND ?? '', args: ARGUMENTS, ignoreDefaultArgs: without });
}

/** A window of a browser of its own (nothing is shared with other windows), and what went wrong in it. */
export interface Window extends AsyncDisposable {
  page: Page;
  /**
   * Violations of the Content-Security-Policy, uncaught errors, dialogs, requests to another origin. Must stay empty.
   */
  incidents: string[];
  setOffline(offline: boolean): Promise<void>;
  /** To test-output/screenshots/{name}.png. */
  screenshot(name: string): Promise<void>;
}

export async function openWindow(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Window> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const incidents: string[] = [];
  const { origin } = new URL(url);
  await page.exposeFunction('reportViolation', (what: string) => void incidents.push(`violation: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
      const report: unknown = Reflect.get(window, 'reportViolation');
      if (typeof report === 'function') report(`${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
  page.on('pageerror', (error) => incidents.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    incidents.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (`${protocol.replace('ws', 'http')}//${host}` !== origin) incidents.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return {
    page,
    incidents,
    setOffline: (offline) => context.setOffline(offline),
    async screenshot(name) {
      await mkdir(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Writes a question and sends it with Enter. */
export async function askIn({ page }: Window, question: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(question);
  await page.keyboard.press('Enter');
}

/** Waits until the last answer has ended. */
export async function answered({ page }: Window): Promise<void> {
  await page.locator('.message.assistant.settled:last-child').waitFor();
}

/** The text of the last answer, as it is drawn now; words are divided by single spaces. */
export async function answerIn({ page }: Window): Promise<string> {
  const texts = await page.locator('.message.assistant .markdown').allInnerTexts();
  return (texts.at(-1) ?? '').replace(/\s+/g, ' ').trim();
}

/** Waits until the last answer contains a text. */
export async function answerContains({ page }: Window, text: string): Promise<void> {
  await page.locator('.message.assistant:last-child .markdown', { hasText: text }).waitFor();
}

/** Stops the answer with its button. */
export async function stop(window: Window): Promise<void> {
  await window.page.getByRole('button', { name: 'Stop' }).click();
  await answered(window);
}
