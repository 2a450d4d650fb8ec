import type { Page } from 'playwright-core';
import { answerContains, answered, askIn, describeInBrowser, openWindow } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { post } from '../support/events.ts';
import { openWorkspace } from '../support/workspace-window.ts';

/** What an input method composes, and then takes or drops with a key, as Chromium does it. */
async function compose(page: Page, key: 'Enter' | 'Escape'): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await page.keyboard.press(key);
  await session.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 });
  await session.detach();
}

/** The key as Safari tells of it: the composition has ended just before. Answers whether anything came of it. */
function keyOfSafari(page: Page, key: 'Enter' | 'Escape'): Promise<boolean> {
  return page.evaluate((name) => {
    const event = new KeyboardEvent('keydown', { key: name, keyCode: 229, bubbles: true, cancelable: true });
    let heard = false;
    const hear = () => {
      heard = true;
    };
    document.addEventListener('keydown', hear, { once: true });
    document.activeElement?.dispatchEvent(event);
    document.removeEventListener('keydown', hear);
    return heard || !event.defaultPrevented;
  }, key);
}

describeInBrowser('input methods', () => {
  const fixture = browserAndService();

  it('[WEB-4] Enter and Escape of a composition neither send a question nor stop an answer', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 'endless', delayMs: 10 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    const field = page.getByRole('textbox', { name: 'Message' });
    await field.fill('Draft ');
    await compose(page, 'Enter');
    expect(await keyOfSafari(page, 'Enter')).toBe(false);
    expect(await page.locator('.message').count()).toBe(0);
    await field.fill('');
    await askIn(window, 'Count');
    await answerContains(window, ' 5 ');
    await field.focus();
    await compose(page, 'Escape');
    expect(await keyOfSafari(page, 'Escape')).toBe(false);
    await answerContains(window, ' 50 ');
    expect(await page.getByRole('button', { name: 'Stop', exact: true }).isEnabled()).toBe(true);
    await page.keyboard.press('Escape');
    await answered(window);
  });

  it('[WEB-4] nor do they send, or cancel, an edited question', async () => {
    fixture.service.simulator.setBehaviour({ text: 'ok', delayMs: 0 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    await askIn(window, 'To be edited');
    await answered(window);
    await page.getByRole('button', { name: 'Edit question' }).click();
    const field = page.getByRole('textbox', { name: 'Question' });
    await field.waitFor();
    for (const key of ['Enter', 'Escape'] as const) {
      await compose(page, key);
      expect(await keyOfSafari(page, key)).toBe(false);
      expect(await field.isVisible()).toBe(true);
    }
    await page.keyboard.press('Escape');
    await field.waitFor({ state: 'detached' });
    expect(await page.locator('.message.user .said').allInnerTexts()).toEqual(['To be edited']);
  });

  it('[WEB-4] nor do they close a dialog or send what is in it: titles, names of files and workspaces', async () => {
    fixture.service.simulator.setBehaviour({ text: 'ok', delayMs: 0 });
    await using chat = await openWindow(fixture.browser, fixture.service.url);
    await askIn(chat, 'To be renamed');
    await answered(chat);
    await chat.page.getByRole('button', { name: 'Options of this chat' }).click();
    await staysOpen(chat.page, 'Title');

    const created = await post(`${fixture.service.url}/api/workspaces`, {
      files: [{ name: 'a.txt', text: 'a\n' }],
    });
    const { workspace } = (await created.json()) as { workspace: { id: string } };
    await using window = await openWorkspace(fixture.browser, fixture.service.url, workspace.id);
    const { page } = window;
    for (const button of ['Options of this workspace', 'New file', 'Options of the file a.txt']) {
      await page.getByRole('button', { name: button, exact: true }).click();
      await staysOpen(page, 'Name');
    }
    expect([...chat.incidents, ...window.incidents]).toEqual([]);
  });

  async function staysOpen(page: Page, label: string): Promise<void> {
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(label, { exact: true }).focus();
    for (const key of ['Enter', 'Escape'] as const) {
      await compose(page, key);
      expect(await keyOfSafari(page, key)).toBe(false);
      expect(await dialog.isVisible()).toBe(true);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  }

  it('[WEB-4] nor do they make a workspace on the page of workspaces', async () => {
    await using window = await openWindow(fixture.browser, `${fixture.service.url}/workspace`);
    const { page } = window;
    await page.getByLabel('Name').focus();
    await compose(page, 'Enter');
    expect(await keyOfSafari(page, 'Enter')).toBe(false);
    expect(new URL(page.url()).pathname).toBe('/workspace');
    await page.getByLabel('Name').fill('Made');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/workspace\/./);
    await page.getByRole('heading', { level: 1, name: 'Made' }).waitFor();
  });
});
