import type { Browser } from 'playwright-core';
import { answered, askIn, describeInBrowser, launch, openWindow } from './support/browser.ts';
import { buildPage } from './support/built-page.ts';
import { HOSTILE_MARKDOWN } from './support/hostile-markdown.ts';
import { type Service, startService } from './support/service.ts';

describeInBrowser('hostile text', () => {
  let browser: Browser;
  let service: Service;

  beforeAll(async () => {
    await buildPage();
    [browser, service] = await Promise.all([launch(), startService()]);
  });
  afterAll(async () => {
    await browser.close();
    await service[Symbol.asyncDispose]();
  });

  it.each(Object.entries(HOSTILE_MARKDOWN))(
    '[WEB-2] %s: nothing runs, nothing loads, in the chat and in the live view',
    async (name, text) => {
      service.simulator.setBehaviour({ text, delayMs: 1 });
      await using chat = await openWindow(browser, service.url);
      await askIn(chat, text);
      await answered(chat);
      const chatId = new URL(chat.page.url()).searchParams.get('chat');
      await using view = await openWindow(browser, `${service.url}/view/${chatId}`);
      await answered(view);
      for (const { page, incidents } of [chat, view]) {
        // Whatever can be followed, leads out by http or mail, into a window that knows nothing of this one.
        const links = await page.locator('.messages a').evaluateAll((anchors) =>
          anchors.map((anchor) => {
            const { protocol, target, rel } = anchor as HTMLAnchorElement;
            return `${/^(https?|mailto):$/.test(protocol)} ${target} ${rel}`;
          }),
        );
        expect(new Set([...links, 'true _blank noopener noreferrer']).size).toBe(1);
        expect(
          await page
            .locator(
              ':is(.messages, h1, nav) :is(img, svg, iframe, object, embed, script, style, link, form, video, audio, base, meta, math)',
            )
            .count(),
        ).toBe(0);
        expect(
          await page
            .locator('.messages *')
            .evaluateAll((elements) =>
              elements.flatMap(({ attributes }) =>
                Array.from(attributes, ({ name }) => name).filter((each) =>
                  /^(on|style|src|id$|name$)/.test(each),
                ),
              ),
            ),
        ).toEqual([]);
        expect(await page.evaluate(() => Reflect.get(window, 'owned'))).toBeUndefined();
        expect(incidents).toEqual([]);
      }
      if (name === 'everything at once') await chat.screenshot('hostile');
    },
  );

  it('[WEB-2] the policy is in force: script, handlers, remote images and HTML from strings are refused and reported', async () => {
    await using chat = await openWindow(browser, service.url);
    await chat.page.getByRole('textbox', { name: 'Message' }).waitFor();
    const thrown = await chat.page.evaluate(() => {
      const script = document.createElement('script');
      const image = new Image();
      image.src = 'https://remote.invalid/pixel.png';
      const attempts = [
        () => script.append('window.owned = true'),
        () => document.body.append(script),
        () => document.body.append(image),
        () => {
          document.body.innerHTML = '<b>markup</b>';
        },
        () => document.body.setAttribute('onclick', 'window.owned = true'),
      ];
      const refused = new Promise((resolve) => image.addEventListener('error', resolve));
      const results = attempts.map((attempt) => {
        try {
          attempt();
          return 'allowed';
        } catch (error) {
          return error instanceof Error ? error.name : 'thrown';
        }
      });
      return refused.then(() => results);
    });
    // Trusted Types refuse strings as markup, as handlers, and as script when it is to run; the image when it is fetched.
    expect(thrown).toEqual(['allowed', 'allowed', 'allowed', 'TypeError', 'TypeError']);
    expect(
      chat.incidents.filter((each) => each.startsWith('violation: require-trusted-types-for')),
    ).toHaveLength(3);
    expect(
      chat.incidents.filter((each) => each.startsWith('violation: img-src https://remote.invalid')),
    ).toHaveLength(1);
    expect(await chat.page.evaluate(() => Reflect.get(window, 'owned'))).toBeUndefined();
  });

  it('[WEB-2] a very long answer leaves the page answering its user', async () => {
    const paragraph =
      'Some *emphasis*, some `code`, and [a link](https://example.com) in a sentence of usual length.\n\n';
    service.simulator.setBehaviour({
      chunks: Array.from({ length: 2_000 }, () => paragraph),
      delayMs: 1,
    });
    await using chat = await openWindow(browser, service.url);
    await chat.page.evaluate(() => {
      const blocked: number[] = [];
      Reflect.set(window, 'blocked', blocked);
      let last = performance.now();
      setInterval(() => {
        const now = performance.now();
        blocked.push(now - last);
        last = now;
      }, 10);
    });
    await askIn(chat, 'Write a book');
    await answered(chat);
    await chat.page.locator('.markdown .block').nth(1_999).waitFor({ state: 'attached' });
    const blocked = await chat.page.evaluate(() => Reflect.get(window, 'blocked') as number[]);
    blocked.sort((a, b) => a - b);
    // Half of the time at most 200 ms pass between two chances to do something else.
    expect(blocked[Math.floor(blocked.length / 2)]).toBeLessThan(200);
    expect(chat.incidents).toEqual([]);
  });
});
