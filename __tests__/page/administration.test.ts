import type { Page } from 'playwright-core';
import { describeInBrowser, openWindow } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { createKey, revokeKey } from '../support/keys.ts';
import { openSignedIn } from '../support/signed-in.ts';

const KEYS = { config: { auth: { methods: ['keys' as const] } } };

/** A name that would do something if it were taken for markup. */
const HOSTILE = '<img src=x onerror=alert(1)>';

const rowOf = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name });

describeInBrowser('[AUTH-3] API keys with the page', () => {
  const fixture = browserAndService(KEYS);
  const openAdmin = async (path = '/admin/keys') => {
    const { text } = await createKey(fixture.service.databaseFile, {
      userId: 'root',
      name: 'root’s',
      scopes: ['admin'],
    });
    return openSignedIn(fixture.browser, `${fixture.service.url}${path}`, text);
  };

  /** Makes keys called `key 0.` and so on, and returns the last one. */
  const makeKeys = async (count: number) => {
    let last = { id: '' };
    for (let index = 0; index < count; index++)
      last = await createKey(fixture.service.databaseFile, { userId: 'many', name: `key ${index}.` });
    return last;
  };

  it('[AUTH-9] are made, shown once, sign in elsewhere, and are revoked there, too', async () => {
    await using root = await openAdmin('/');
    const { page } = root;
    await page.getByRole('link', { name: 'Administration' }).click();
    await page.getByRole('heading', { name: 'API keys' }).waitFor();
    await rowOf(page, 'root’s').getByText('user root · admin · all models').waitFor();
    await page.getByRole('button', { name: 'New key' }).click();
    const dialog = page.getByRole('dialog', { name: 'New API key' });
    expect(await dialog.getByLabel('User whose chats it opens').inputValue()).toBe('root');
    await dialog.getByLabel(/^Name/).fill(HOSTILE);
    await dialog.getByLabel('User whose chats it opens').fill('ada');
    await dialog.getByLabel(/^usage/).check();
    await dialog.getByLabel(/^Valid/).selectOption('for 1 week');
    await page.keyboard.press('Enter');
    const made = page.getByRole('dialog', { name: 'The key is made' });
    const key = await made.getByLabel(`Key “${HOSTILE}”`).inputValue();
    expect(key).toMatch(/^lss_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}$/);
    await made.getByText('it is shown only this once').waitFor();
    await made.getByRole('button', { name: 'Done' }).click();
    await made.waitFor({ state: 'detached' });
    const row = rowOf(page, HOSTILE);
    await row.getByText('user ada · chat, usage · all models').waitFor();
    await row.getByText(/expires /).waitFor();
    expect(await page.locator('#page').innerHTML()).not.toContain(key);
    expect(
      await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])),
    ).not.toContain(key);

    await using ada = await openSignedIn(fixture.browser, fixture.service.url, key);
    await ada.page.getByRole('navigation').getByText(HOSTILE).waitFor();
    expect(await ada.page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
    await row.getByRole('button', { name: `Revoke the key ${HOSTILE}` }).click();
    await row.getByText('is signed out at once').waitFor();
    await row.getByRole('button', { name: 'Revoke', exact: true }).click();
    await row.getByText(/revoked /).waitFor();
    expect(await row.evaluate((element) => element === document.activeElement)).toBe(true);
    // For a second the server may remember the session.
    const status = () => ada.page.evaluate(async () => (await fetch('/api/chats')).status);
    while ((await status()) !== 401);
    await ada.page.getByRole('textbox', { name: 'Message' }).fill('Still here?');
    await ada.page.keyboard.press('Enter');
    await ada.page.getByText('Your session has ended.').waitFor();
    expect([...root.incidents, ...ada.incidents]).toEqual([]);
  });

  it('of which there are many come page by page', async () => {
    await makeKeys(45);
    await using root = await openAdmin();
    const { page } = root;
    const rows = page.getByRole('list', { name: 'API keys' }).getByRole('listitem');
    await rows.nth(39).waitFor();
    expect(await rows.count()).toBe(40);
    await page.getByRole('button', { name: 'Show more keys' }).click();
    await rowOf(page, 'key 44.').waitFor();
    expect(await rows.count()).toBeGreaterThan(45);
    expect(new Set(await rows.allInnerTexts()).size).toBe(await rows.count());
    expect(await page.getByRole('button', { name: 'Show more keys' }).count()).toBe(0);
  });

  it('what the server does not accept is said with the field, and can be corrected', async () => {
    await using root = await openAdmin();
    const { page } = root;
    await page.getByRole('button', { name: 'New key' }).click();
    const dialog = page.getByRole('dialog', { name: 'New API key' });
    await dialog.getByLabel(/^Name/).fill('a\u2028b');
    await dialog.getByRole('button', { name: 'Create key' }).click();
    await dialog.getByRole('alert').getByText('name: must not contain control characters').waitFor();
    await dialog.getByLabel(/^chat/).uncheck();
    expect(await dialog.getByRole('button', { name: 'Create key' }).isDisabled()).toBe(true);
    await dialog.getByLabel(/^chat/).check();
    await dialog.getByLabel(/^Name/).fill('right');
    await dialog.getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('dialog', { name: 'The key is made' }).waitFor();
  });

  it('[AUTH-12] the audit log says in words who did what, page by page', async () => {
    const { id } = await makeKeys(45);
    await revokeKey(fixture.service.databaseFile, id);
    await using root = await openAdmin('/admin/audit');
    const { page } = root;
    const rows = page.getByRole('table', { name: 'Audit log' }).locator('tbody tr');
    await rows.filter({ hasText: 'root' }).filter({ hasText: 'signed in' }).first().waitFor();
    await page.getByRole('button', { name: 'Show older entries' }).click();
    await rows.nth(40).waitFor();
    await rows.filter({ hasText: 'revoked an API key' }).first().waitFor();
    await rows.filter({ hasText: 'command line' }).first().waitFor();
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByRole('button', { name: 'New key' }).waitFor();
    expect(root.incidents).toEqual([]);
  });

  it('[AUTH-2] are not there for those who are no administrators', async () => {
    const { text } = await createKey(fixture.service.databaseFile, {
      userId: 'bob',
      scopes: ['chat', 'usage'],
    });
    await using bob = await openSignedIn(fixture.browser, `${fixture.service.url}/workspace`, text);
    const requests: string[] = [];
    bob.page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    await bob.page.getByRole('button', { name: 'Sign out' }).waitFor();
    expect(await bob.page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
    for (const path of ['/admin/keys', '/admin/audit']) {
      await bob.page.goto(`${fixture.service.url}${path}`);
      await bob.page.getByText('This page is for administrators.').waitFor();
    }
    expect(requests).not.toContain('/api/keys');
    expect(requests).not.toContain('/api/audit');
  });
});

describeInBrowser('[AUTH-3] the page for administrators, without authentication', () => {
  const fixture = browserAndService();

  it('says that there are no keys to look after', async () => {
    await using window = await openWindow(fixture.browser, `${fixture.service.url}/admin/keys`);
    await window.page.getByText('Nobody has to sign in on this server').waitFor();
    expect(await window.page.getByRole('button', { name: 'New key' }).count()).toBe(0);
  });
});
