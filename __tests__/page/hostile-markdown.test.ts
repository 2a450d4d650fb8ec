import { answered, askIn, describeInBrowser, openWindow } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { HOSTILE_MARKDOWN } from '../support/hostile-markdown.ts';

describeInBrowser('hostile text', () => {
  const fixture = browserAndService();

  it.each(Object.entries(HOSTILE_MARKDOWN))(
    '[WEB-2] %s: nothing runs, nothing loads, in the chat and in the live view',
    async (name, text) => {
      fixture.service.simulator.setBehaviour({ text, delayMs: 1 });
      await using chat = await openWindow(fixture.browser, fixture.service.url);
      await askIn(chat, text);
      await answered(chat);
      const chatId = new URL(chat.page.url()).searchParams.get('chat');
      await using view = await openWindow(fixture.browser, `${fixture.service.url}/view/${chatId}`);
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
    await using chat = await openWindow(fixture.browser, fixture.service.url);
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
    // Trusted Types refuse strings as markup, as handlers, and as script when it is to run; the image when it is
    // fetched.
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
    fixture.service.simulator.setBehaviour({
      chunks: Array.from({ length: 2_000 }, () => paragraph),
      delayMs: 1,
    });
    await using chat = await openWindow(fixture.browser, fixture.service.url);
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
    /** How much time passes between two chances to do something else, half of the times since it was asked before. */
    const usualGap = async () => {
      const gaps = await chat.page.evaluate(() =>
        (Reflect.get(window, 'blocked') as number[]).splice(0).sort((a, b) => a - b),
      );
      return gaps[Math.floor(gaps.length / 2)] ?? 0;
    };
    await chat.page.waitForFunction(() => Reflect.get(window, 'blocked').length >= 50);
    const idle = await usualGap();
    await askIn(chat, 'Write a book');
    await answered(chat);
    await chat.page.locator('.markdown .block').nth(1_999).waitFor({ state: 'attached' });
    // Where nobody else works, ten milliseconds and at most two hundred.
    expect(await usualGap()).toBeLessThan(20 * idle);
    expect(chat.incidents).toEqual([]);
  });

  it.each([
    ['a long answer that is slow to read', 'a\n# h\n'.repeat(100_000)],
    [
      'a table with far more cells than characters',
      `${'|a'.repeat(300)}|\n${'|-'.repeat(300)}|\n${'1\n'.repeat(5_000)}`,
    ],
  ])('[WEB-2] %s: the page answers its user while it is drawn', async (_name, text) => {
    const size = 16_384;
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
      text.slice(index * size, (index + 1) * size),
    );
    fixture.service.simulator.setBehaviour({ chunks, delayMs: 1 });
    const chatId = `slow-${text.length}`;
    await fetch(`${fixture.service.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ chatId, messages: [{ role: 'user', content: 'Go' }] }),
    }).then((response) => response.text());
    await using chat = await openWindow(fixture.browser, `${fixture.service.url}/?chat=${chatId}`);
    const field = chat.page.getByRole('textbox', { name: 'Message' });
    await field.waitFor();
    await chat.page.locator('.markdown .block').first().waitFor({ state: 'attached' });
    await field.fill('still here');
    expect(await field.inputValue()).toBe('still here');
    // The longest time in which nothing else had its turn.
    const longest = await chat.page.evaluate(async () => {
      let most = 0;
      let last = performance.now();
      for (let turn = 0; turn < 100; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        most = Math.max(most, performance.now() - last);
        last = performance.now();
      }
      return most;
    });
    expect(longest).toBeLessThan(10_000);
    expect(chat.incidents).toEqual([]);
  });
});
