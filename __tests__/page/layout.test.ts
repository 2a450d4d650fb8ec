import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { overflowingIn, violationsIn } from '../support/accessibility.ts';
import { answered, askIn, describeInBrowser, openWindow } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { allEvents, post } from '../support/events.ts';
import { openWorkspace } from '../support/workspace-window.ts';

const HEBREW = [
  'שלום עולם! זה טקסט.',
  '- פריט ראשון עם `code`\n- פריט שני',
  '1. אחד\n\n2. שתיים',
  '> ציטוט בעברית.',
  '# כותרת בעברית.',
  '| א | ב |\n|---|---|\n| 1 | שתיים |',
  'English stays, with \\(a \\, b\\) in it.',
].join('\n\n');

describeInBrowser('where things stand on the page', () => {
  const fixture = browserAndService();

  /** A chat with so many pairs of messages; the answers say the same. */
  async function aChat(
    pairs: number,
    answer = 'An answer of a few words, so that there is something to read.',
  ) {
    const chatId = randomUUID();
    fixture.service.simulator.setBehaviour({ text: answer, delayMs: 0 });
    const history = Array.from({ length: pairs - 1 }, (_, index) => [
      { role: 'user', content: `Question ${index}` },
      { role: 'assistant', content: answer },
    ]).flat();
    const messages = [...history, { role: 'user', content: 'The last question' }];
    await allEvents(post(`${fixture.service.url}/api/chat`, { chatId, messages }));
    return chatId;
  }

  /** How much of an element is on the screen, in pixels of height. */
  const seen = (page: Page, selector: string) =>
    page.locator(selector).evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return Math.min(bottom, innerHeight) - Math.max(top, 0);
    });

  it('[WEB-1] asking scrolls to the new question, also from further up', async () => {
    const chatId = await aChat(30);
    await using window = await openWindow(fixture.browser, `${fixture.service.url}/?chat=${chatId}`);
    const { page } = window;
    const up = async () => {
      await page.locator('.message').last().waitFor();
      await page.locator('.scroll').evaluate((region) => region.scrollTo(0, 0));
      await page.getByRole('button', { name: '↓ Newest' }).waitFor();
    };
    const isSeen = async () => {
      await page.getByRole('button', { name: '↓ Newest' }).waitFor({ state: 'detached' });
      await page.waitForFunction(() => {
        const last = document.querySelector('.message.user:nth-last-child(2)')?.getBoundingClientRect();
        return last && last.top >= 0 && last.bottom <= innerHeight;
      });
    };
    await up();
    await askIn(window, 'Asked from far above');
    await page.locator('.said', { hasText: 'Asked from far above' }).waitFor();
    await isSeen();
    await answered(window);
    await up();
    await page.getByRole('button', { name: 'Answer again' }).dispatchEvent('click');
    await isSeen();
    expect(window.incidents).toEqual([]);
  });

  it('[WEB-1] on paper a chat is all of its messages, and nothing else', async () => {
    const chatId = await aChat(70);
    for (const address of [`/?chat=${chatId}`, `/view/${chatId}`]) {
      await using window = await openWindow(fixture.browser, fixture.service.url + address);
      const { page } = window;
      await page.locator('.message').last().waitFor();
      await page.evaluate(() => {
        // As late as the browser waits before it lays out the pages.
        const note = () =>
          document.documentElement.setAttribute(
            'data-printed',
            `${document.querySelectorAll('.message').length}`,
          );
        addEventListener('beforeprint', () => Promise.resolve().then(note));
      });
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(6);
      expect(await page.locator('html').getAttribute('data-printed')).toBe('140');
      await page.emulateMedia({ media: 'print' });
      for (const part of ['.chats', '.composer', '.notes', '.tools', '.topbar button']) {
        const shown = page.locator(part).filter({ visible: true });
        expect([part, await shown.count()]).toEqual([part, 0]);
      }
      const [height, screen] = await page.evaluate(() => [document.body.scrollHeight, innerHeight]);
      expect(height).toBeGreaterThan(5 * (screen ?? 0));
    }
  });

  it('[WEB-1] on paper a workspace is the whole file that is shown, and its chat', async () => {
    const text = Array.from({ length: 300 }, (_, index) => `line ${index}`).join('\n');
    const created = await post(`${fixture.service.url}/api/workspaces`, { files: [{ name: 'a.txt', text }] });
    const { workspace } = (await created.json()) as { workspace: { id: string } };
    await using window = await openWorkspace(fixture.browser, fixture.service.url, workspace.id);
    const pdf = await window.page.pdf({ format: 'A4' });
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(3);
    await window.page.emulateMedia({ media: 'print' });
    for (const part of ['.side', '.composer', '.panes'])
      expect(await window.page.locator(part).isVisible()).toBe(false);
  });

  it.each([
    ['at 400 %', { width: 320, height: 256 }],
    ['at 200 %', { width: 640, height: 400 }],
    ['on a phone with its keyboard', { width: 360, height: 400 }],
    ['on a phone on its side', { width: 740, height: 360 }],
  ])('[WEB-4] there is room to read %s', async (_name, viewport) => {
    const chatId = await aChat(10);
    for (const address of [`/?chat=${chatId}`, `/view/${chatId}`]) {
      await using window = await openWindow(fixture.browser, fixture.service.url + address, { viewport });
      const { page } = window;
      await page.locator('.message').last().waitFor();
      // At its end, where it begins, and where the field is.
      await page.waitForFunction(() => {
        const end = document.querySelector('.messages')?.getBoundingClientRect().bottom ?? 0;
        return end > 0 && end <= innerHeight;
      });
      expect(await seen(page, '.scroll')).toBeGreaterThan(viewport.height * 0.38);
      expect(await seen(page, '.composer')).toBeGreaterThan(30);
      // Further up there is nothing but the text.
      await page.evaluate(() => scrollBy(0, -innerHeight));
      expect(await seen(page, '.scroll')).toBeGreaterThan(viewport.height * 0.7);
      await page.getByRole('button', { name: '↓ Newest' }).click();
      await page.getByRole('button', { name: '↓ Newest' }).waitFor({ state: 'detached' });
      expect(await overflowingIn(window)).toEqual([]);
      expect(await violationsIn(window)).toEqual([]);
      await window.screenshot(
        `room-${viewport.width}x${viewport.height}${address.slice(0, 2)}`.replace('/', '-'),
      );
    }
  });

  it('[WEB-4] when the keyboard of a phone comes up, its reader stays at the end', async () => {
    const chatId = await aChat(10);
    const size = { width: 360, height: 740 };
    await using window = await openWindow(fixture.browser, `${fixture.service.url}/?chat=${chatId}`, {
      viewport: size,
    });
    const { page } = window;
    await page.locator('.message').last().waitFor();
    for (const height of [400, 740, 256]) {
      await page.setViewportSize({ ...size, height });
      await page.waitForFunction(() => {
        const end = document.querySelector('.messages')?.getBoundingClientRect().bottom ?? 0;
        return end > 0 && end <= innerHeight;
      });
      expect(await page.getByRole('button', { name: '↓ Newest' }).count()).toBe(0);
    }
  });

  it('[WEB-4] an editor and its chat have room at 400 %', async () => {
    const created = await post(`${fixture.service.url}/api/workspaces`, {
      files: [{ name: 'a.txt', text: 'a\n' }],
    });
    const { workspace } = (await created.json()) as { workspace: { id: string } };
    const viewport = { width: 320, height: 256 };
    await using window = await openWorkspace(fixture.browser, fixture.service.url, workspace.id, {
      viewport,
    });
    const { page } = window;
    expect((await page.locator('.code-host').boundingBox())?.height).toBeGreaterThan(200);
    await page.getByRole('button', { name: 'Chat', exact: true }).click();
    expect((await page.locator('.edit-chat .scroll').boundingBox())?.height).toBeGreaterThan(128);
    expect(await overflowingIn(window)).toEqual([]);
    expect(await violationsIn(window)).toEqual([]);
  });

  it('[WEB-4] text that runs from right to left is laid out so, marks and field included', async () => {
    const chatId = await aChat(1, HEBREW);
    for (const address of [`/?chat=${chatId}`, `/view/${chatId}`]) {
      await using window = await openWindow(fixture.browser, fixture.service.url + address);
      const { page } = window;
      await page.locator('.markdown .block').nth(6).waitFor();
      const directions = await page.evaluate(() =>
        [
          'p',
          'ul li',
          'ol li',
          'ol li p',
          'blockquote',
          'blockquote p',
          'h3',
          'th',
          'td:last-child',
          'table',
        ].map((name) => {
          const element = document.querySelector(`.markdown ${name}`);
          return [name, element && getComputedStyle(element).direction];
        }),
      );
      expect(directions.filter(([, direction]) => direction !== 'rtl')).toEqual([]);
      const others = await page.evaluate(() =>
        ['li code', '.block:last-child p', '.math'].map((name) => {
          const element = document.querySelector(`.markdown ${name}`);
          return element && getComputedStyle(element).direction;
        }),
      );
      expect(others).toEqual(['ltr', 'ltr', 'ltr']);
      // Bullets have their room on the right.
      const [gap, width] = await page.evaluate(() => {
        const item = document.querySelector('.markdown ul li')?.getBoundingClientRect();
        const list = document.querySelector('.markdown ul')?.getBoundingClientRect();
        return [(list?.right ?? 0) - (item?.right ?? 0), (list?.left ?? 0) - (item?.left ?? 0)];
      });
      expect(gap).toBeGreaterThan(16);
      expect(width).toBe(0);
      await window.screenshot(`right-to-left${address.startsWith('/view') ? '-view' : ''}`);
      expect(await violationsIn(window)).toEqual([]);
    }
  });

  it('[WEB-4] so are questions, titles and fields', async () => {
    fixture.service.simulator.setBehaviour({ text: 'ok', delayMs: 0 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    const field = page.getByRole('textbox', { name: 'Message' });
    const direction = (selector: string) =>
      page.locator(selector).evaluate((element) => getComputedStyle(element).direction);
    await field.fill('שאלה?');
    expect(await direction('#question')).toBe('rtl');
    await field.press('Enter');
    await answered(window);
    expect(await direction('.said')).toBe('rtl');
    expect(await direction('.topbar h1')).toBe('rtl');
    await page.getByRole('button', { name: 'Edit question' }).click();
    expect(await direction('.edit-form textarea')).toBe('rtl');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Options of this chat' }).click();
    expect(await direction('dialog input')).toBe('rtl');
    await page.keyboard.press('Escape');
    await field.fill('A question');
    expect(await direction('#question')).toBe('ltr');
  });
});
