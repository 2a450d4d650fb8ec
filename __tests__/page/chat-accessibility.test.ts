import { overflowingIn, violationsIn } from '../support/accessibility.ts';
import { answerContains, answered, askIn, describeInBrowser, openWindow } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';

const ANSWER = `A plan in *three* parts, with \`code\` and [a link](https://example.com/a-rather-long-address).

1. First, this
2. Then, that

| Step | What it costs in minutes | And in words that take more room than a phone has |
| --- | ---: | --- |
| one | 10 | little |

\`\`\`ts
export const answer: number = 42; // a line of code that is longer than a narrow screen can show at once, on purpose
\`\`\`

> Quoted, for good measure: ${'averyveryverylongwordwithoutanyspaces'.repeat(4)}
`;

describeInBrowser('the page for everybody', () => {
  const fixture = browserAndService();

  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [360, 'light'],
    [360, 'dark'],
  ] as const)(
    '[WEB-4] %i px, %s: no accessibility violation, nothing wider than the screen',
    async (width, colorScheme) => {
      fixture.service.simulator.setBehaviour({ text: ANSWER, delayMs: 0 });
      const viewport = { width, height: 800 };
      await using chat = await openWindow(fixture.browser, fixture.service.url, { viewport, colorScheme });
      await askIn(chat, `How does it look at ${width} pixels?`);
      await answered(chat);
      await chat.page.getByRole('button', { name: 'Answer again' }).waitFor();
      await using view = await openWindow(
        fixture.browser,
        `${fixture.service.url}/view/${new URL(chat.page.url()).searchParams.get('chat')}`,
        { viewport, colorScheme },
      );
      await answered(view);
      await chat.screenshot(`chat-${width}-${colorScheme}`);
      await view.screenshot(`view-${width}-${colorScheme}`);
      for (const each of [chat, view]) {
        expect(await violationsIn(each)).toEqual([]);
        expect(await overflowingIn(each)).toEqual([]);
      }
      await chat.page.getByRole('button', { name: 'Options of this chat' }).click();
      await chat.page.getByRole('dialog').waitFor();
      await chat.screenshot(`options-${width}-${colorScheme}`);
      expect(await violationsIn(chat)).toEqual([]);
      await chat.page.keyboard.press('Escape');
      await chat.page.getByRole('button', { name: 'Settings' }).click();
      const settings = chat.page.getByRole('dialog', { name: 'How to answer' });
      await settings.getByLabel('Temperature').fill('3');
      await settings.getByLabel('Form', { exact: true }).selectOption('own');
      await settings.getByLabel('JSON Schema').fill('{');
      await chat.screenshot(`settings-${width}-${colorScheme}`);
      expect(await violationsIn(chat)).toEqual([]);
      expect(await settings.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)).toBe(
        false,
      );
      expect([...chat.incidents, ...view.incidents]).toEqual([]);
    },
  );

  it('[WEB-4] everything can be done with the keyboard alone, and the focus is visible', async () => {
    fixture.service.simulator.setBehaviour({ text: 'First answer.', delayMs: 0 });
    await using chat = await openWindow(fixture.browser, fixture.service.url);
    const { page } = chat;
    const { keyboard } = page;
    const focused = () =>
      page.evaluate(() => {
        const { activeElement } = document;
        const label = activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
        return `${activeElement?.tagName.toLowerCase()} ${label}`.trim();
      });
    const tabTo = async (wanted: string, key = 'Tab') => {
      for (let presses = 0; presses < 40; presses += 1) {
        if ((await focused()) === wanted) return;
        await keyboard.press(key);
        const outline = await page.evaluate(() => {
          const { activeElement } = document;
          return activeElement && activeElement !== document.body
            ? getComputedStyle(activeElement).outlineStyle
            : 'solid';
        });
        expect(outline).toBe('solid');
      }
      throw new Error(`${wanted} cannot be reached; the focus is on ${await focused()}`);
    };

    // The field has the focus from the beginning.
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    await keyboard.type('Asked without a mouse');
    await keyboard.press('Enter');
    await answered(chat);

    fixture.service.simulator.setBehaviour({ tokens: 'endless', delayMs: 10 });
    await keyboard.type('Now for ever');
    await keyboard.press('Enter');
    await answerContains(chat, ' 10 ');
    await keyboard.press('Escape');
    await page.getByText('Stopped before its end.').waitFor();

    fixture.service.simulator.setBehaviour({ text: 'Second answer.', delayMs: 0 });
    await tabTo('button Try again', 'Shift+Tab');
    await keyboard.press('Enter');
    await answerContains(chat, 'Second answer.');
    await answered(chat);

    await tabTo('button Settings');
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'How to answer' }).waitFor();
    await tabTo('input');
    await keyboard.type('0');
    await tabTo('button Done');
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('button Settingstemperature 0');

    await tabTo('button Options of this chat', 'Shift+Tab');
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('button Options of this chat');

    await tabTo('button Edit question');
    await keyboard.press('Enter');
    await keyboard.type(', again');
    fixture.service.simulator.setBehaviour({ text: 'Third answer.', delayMs: 0 });
    await keyboard.press('Enter');
    await answerContains(chat, 'Third answer.');
    expect(await page.locator('.message.user .said').allTextContents()).toEqual([
      'Asked without a mouse, again',
    ]);
    expect(chat.incidents).toEqual([]);
  });

  it('[WEB-4] on a phone the list of chats is a drawer for the keyboard, too', async () => {
    await using chat = await openWindow(fixture.browser, fixture.service.url, {
      viewport: { width: 360, height: 740 },
    });
    const { page } = chat;
    const drawer = page.getByRole('navigation', { name: 'Chats' });
    expect(await drawer.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Chats', exact: true }).press('Enter');
    await drawer.waitFor();
    await chat.screenshot('drawer-360-light');
    await drawer.getByRole('button', { name: 'New chat' }).press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Chats');
  });

  it('[WEB-4] a screen reader reads that an answer begins and ends, not every token of it', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 60, delayMs: 20 });
    await using chat = await openWindow(fixture.browser, fixture.service.url);
    const { page } = chat;
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    await page.evaluate(() => {
      const spoken: string[] = [];
      Reflect.set(globalThis, 'spoken', spoken);
      const live = '[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log]';
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const element = target instanceof Element ? target : target.parentElement;
          const region = element?.closest(live);
          if (region?.textContent) spoken.push(region.textContent);
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    await askIn(chat, 'Say it aloud');
    await answered(chat);
    await page
      .getByRole('status')
      .getByText('Answer complete.')
      .or(page.getByText('Answer complete.'))
      .first()
      .waitFor({ state: 'attached' });
    expect(await page.evaluate(() => Reflect.get(globalThis, 'spoken'))).toEqual([
      'Answering…',
      'Answer complete.',
    ]);
  });

  it('[WEB-4] nothing moves with reduced motion', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 'endless', delayMs: 20 });
    await using chat = await openWindow(fixture.browser, fixture.service.url, { reducedMotion: 'reduce' });
    await askIn(chat, 'Calmly');
    await answerContains(chat, ' 5 ');
    const moving = () => chat.page.evaluate(() => document.getAnimations().length);
    expect(await moving()).toBe(0);
    await chat.page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await moving()).toBeGreaterThan(0);
    await chat.page.keyboard.press('Escape');
    await answered(chat);
  });

  it('[WEB-4] asks for notifications on a click only, and notifies of a long answer in a hidden tab', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 130, delayMs: 50 });
    await using chat = await openWindow(fixture.browser, 'about:blank');
    const { page } = chat;
    // The browser's own parts, without a desktop to show them on.
    await page.addInitScript(() => {
      const shown: string[] = [];
      Reflect.set(globalThis, 'shown', shown);
      const asked: string[] = [];
      Reflect.set(globalThis, 'asked', asked);
      class Notification {
        static permission = 'default';
        static async requestPermission() {
          asked.push('asked');
          Notification.permission = 'granted';
          return 'granted';
        }
        constructor(title: string, { body }: { body: string }) {
          shown.push(`${title}: ${body}`);
        }
      }
      Reflect.set(globalThis, 'Notification', Notification);
      Object.defineProperty(document, 'hidden', { get: () => Reflect.get(globalThis, 'away') === true });
    });
    await page.goto(fixture.service.url);
    await askIn(chat, 'Take your time');
    await answerContains(chat, ' 5 ');
    expect(await page.evaluate(() => Reflect.get(globalThis, 'asked'))).toEqual([]);
    await page.getByRole('button', { name: 'Notify me when it is done' }).click();
    await page.evaluate(() => Reflect.set(globalThis, 'away', true));
    await answered(chat);
    await page.waitForFunction(() => Reflect.get(globalThis, 'shown').length > 0);
    expect(await page.evaluate(() => Reflect.get(globalThis, 'shown'))).toEqual([
      'Take your time: Answer complete.',
    ]);
  });
});
