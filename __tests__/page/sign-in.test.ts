import type { Page } from 'playwright-core';
import { answered, answerIn, askIn, describeInBrowser, openWindow, type Window } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { createKey, revokeKey } from '../support/keys.ts';

const KEYS = { config: { auth: { methods: ['keys' as const] } } };
const PHONE = { viewport: { width: 390, height: 844 } };

const keyField = (page: Page) => page.getByLabel('API key');
const question = (page: Page) => page.getByRole('textbox', { name: 'Message' });

async function signIn(page: Page, key: string): Promise<void> {
  await keyField(page).fill(key);
  await page.keyboard.press('Enter');
}

async function signedIn(page: Page): Promise<void> {
  await keyField(page).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

describeInBrowser('[AUTH-5] the page, where one has to sign in', () => {
  const fixture = browserAndService(KEYS);
  const open = (path = '/', options?: Parameters<typeof openWindow>[2]): Promise<Window> =>
    openWindow(fixture.browser, `${fixture.service.url}${path}`, options);

  it('asks for a key before it shows anything, refuses a wrong one in words, and then works', async () => {
    const { text } = await createKey(fixture.service.databaseFile, { name: 'me', userId: 'ada' });
    await using window = await open();
    const { page } = window;
    await page.getByText('make key NAME=me').waitFor();
    expect(await keyField(page).getAttribute('type')).toBe('password');
    await expect(keyField(page).evaluate((field) => field === document.activeElement)).resolves.toBe(true);
    expect(await page.locator('.chat-page').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await signIn(page, `${text}x`);
    await page.getByRole('alert').getByText('This key is wrong').waitFor();
    await window.screenshot('sign-in-wrong-key');
    await signIn(page, text);
    await signedIn(page);
    await page.getByText('me', { exact: true }).waitFor();
    await askIn(window, 'Hello?');
    await answered(window);
    expect(await answerIn(window)).toBe('Hello there');
    await window.screenshot('signed-in');

    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]),
    );
    expect(kept).not.toContain(text);
    expect(kept).not.toContain('lss_session');
    await page.reload();
    await signedIn(page);
    await page.getByRole('navigation').getByRole('link', { name: /Hello/ }).waitFor();
    expect(window.incidents).toEqual([]);
  });

  it.each([
    ['/view/some-chat', 'There is no chat here'],
    ['/workspace', 'New workspace'],
    ['/workspace/some-workspace', 'There is no workspace here'],
  ])('asks at %s, too, and says what is there', async (path, text) => {
    const key = await createKey(fixture.service.databaseFile);
    await using window = await open(path, PHONE);
    await keyField(window.page).waitFor();
    expect(await window.page.locator('.topbar').count()).toBe(0);
    await signIn(window.page, key.text);
    await signedIn(window.page);
    await window.page.locator('.topbar').waitFor();
    await window.page.getByText(text).first().waitFor();
    await window.screenshot(`signed-in${path.replaceAll('/', '-')}`);
    expect(window.incidents).toEqual([]);
  });

  it('[AUTH-7] [AUTH-9] lets guests in with the link of a share, live, until it is revoked', async () => {
    const { text } = await createKey(fixture.service.databaseFile, { userId: 'ada' });
    const send = (method: string, path: string, body?: unknown) =>
      fetch(`${fixture.service.url}${path}`, {
        method,
        headers: { 'x-api-key': text, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const asked = await send('POST', '/api/chat', { messages: [{ role: 'user', content: 'Shared?' }] });
    await asked.text();
    const chatId = asked.headers.get('x-chat-id') ?? '';
    const made = await send('POST', `/api/chat/${chatId}/shares`, {});
    const { url, id } = (await made.json()) as { url: string; id: string };

    await using guest = await openWindow(fixture.browser, url);
    await guest.page.getByText('Hello there').waitFor();
    expect(await keyField(guest.page).count()).toBe(0);
    const more = await send('POST', '/api/chat', { chatId, messages: [{ role: 'user', content: 'More?' }] });
    await more.text();
    await guest.page.getByText('More?').waitFor();
    await guest.screenshot('shared-with-a-guest');

    expect((await send('DELETE', `/api/chat/${chatId}/shares/${id}`)).status).toBe(204);
    await guest.page.getByText('This link is not valid any more.').waitFor();
    await guest.screenshot('share-revoked');
  });

  it('fits a phone', async () => {
    const { text } = await createKey(fixture.service.databaseFile);
    await using window = await open('/', PHONE);
    const { page } = window;
    await keyField(page).waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(390);
    await window.screenshot('sign-in-phone');
    await keyField(page).fill(text);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await keyField(page).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Chats' }).click();
    await signedIn(page);
    await window.screenshot('signed-in-phone');
  });

  it('signs out everywhere: other tabs ask, and the cookie is worth nothing', async () => {
    const { text } = await createKey(fixture.service.databaseFile);
    await using window = await open();
    const { page } = window;
    await signIn(page, text);
    await signedIn(page);
    const other = await page.context().newPage();
    await other.goto(`${fixture.service.url}/workspace`);
    await signedIn(other);
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({
      name: expect.stringMatching(/^lss_session_\d+$/),
      httpOnly: true,
      sameSite: 'Lax',
    });
    await question(page).fill('Something private');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await keyField(page).waitFor();
    expect(await page.locator('.chat-page').count()).toBe(0);
    expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).toBe('{}');
    await other.getByRole('button', { name: 'Create' }).click();
    await keyField(other).waitFor();
    const response = await fetch(`${fixture.service.url}/api/chats`, {
      headers: { cookie: `${cookie?.name}=${cookie?.value}` },
    });
    expect(response.status).toBe(401);
    // One sign-in is enough for both.
    await signIn(other, text);
    await signedIn(other);
    await page.reload();
    await signedIn(page);
    expect(await question(page).inputValue()).toBe('');
  });

  it('asks again when the session has ended, and keeps the question', async () => {
    const user = { userId: 'ada' };
    const first = await createKey(fixture.service.databaseFile, user);
    const second = await createKey(fixture.service.databaseFile, user);
    await using window = await open();
    const { page } = window;
    await signIn(page, first.text);
    await signedIn(page);
    await askIn(window, 'The first one');
    await answered(window);
    await revokeKey(fixture.service.databaseFile, first.id);
    // Another second of the server's memory may pass before it refuses the session.
    const status = () => page.evaluate(async () => (await fetch('/api/chats')).status);
    while ((await status()) !== 401);
    await askIn(window, 'The second one');
    await page.getByText('Your session has ended.').waitFor();
    await window.screenshot('session-ended');
    await signIn(page, second.text);
    await signedIn(page);
    await page.getByText('The first one').first().waitFor();
    await expectValue(page, 'The second one');
    expect(await page.getByText('You are not signed in any more.').count()).toBe(0);
    await question(page).press('Enter');
    await page.locator('.message.user', { hasText: 'The second one' }).waitFor();
    await answered(window);
    expect(window.incidents).toEqual([]);
  });

  it('shows nothing of one user to the next one', async () => {
    const ada = await createKey(fixture.service.databaseFile, { userId: 'ada' });
    const bob = await createKey(fixture.service.databaseFile, { userId: 'bob' });
    await using window = await open();
    const { page } = window;
    await signIn(page, ada.text);
    await signedIn(page);
    await askIn(window, 'A secret of Ada');
    await answered(window);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, bob.text);
    await signedIn(page);
    await page.getByRole('heading', { name: 'There is no chat here' }).waitFor();
    expect(await page.getByText('A secret of Ada').count()).toBe(0);
  });
});

describeInBrowser('[AUTH-5] the page, after too many wrong keys', () => {
  const fixture = browserAndService(KEYS);

  it('says how long to wait', async () => {
    const { url } = fixture.service;
    for (let time = 0; time < 20; time++)
      await fetch(`${url}/api/chats`, { headers: { 'x-api-key': `lss_${time}` } });
    await using window = await openWindow(fixture.browser, url);
    await signIn(window.page, 'lss_wrong');
    await window.page.getByText(/Too many failed sign-ins came from here\. Try again in \d+ s\./).waitFor();
  });
});

describeInBrowser('[AUTH-5] the page, without authentication', () => {
  const fixture = browserAndService();

  it('asks nobody, nor the server', async () => {
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const requests: string[] = [];
    window.page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    await window.page.reload();
    await question(window.page).waitFor();
    await askIn(window, 'Hello?');
    await answered(window);
    expect(requests).not.toContain('/api/session');
    expect(await window.page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
  });
});

/** Waits until the field has this text. */
async function expectValue(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector<HTMLTextAreaElement>('#question')?.value === wanted,
    text,
  );
}
