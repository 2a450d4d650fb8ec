import type { Page } from 'playwright-core';
import { answered, askIn, describeInBrowser, openWindow, type Window } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { createKey } from '../support/keys.ts';
import { openSignedIn } from '../support/signed-in.ts';
import { editorContains, editorText, focusEditor } from '../support/workspace-window.ts';

const KEYS = { config: { auth: { methods: ['keys' as const] } } };

const dialogIn = (page: Page) => page.getByRole('dialog', { name: /^Share this/ });
const OVER = 'This link is not valid any more';

/** Makes a link in the open dialog. */
async function makeLink(page: Page, choices: { Allows?: string; Valid?: string } = {}): Promise<string> {
  const dialog = dialogIn(page);
  for (const [label, chosen] of Object.entries(choices)) await dialog.getByLabel(label).selectOption(chosen);
  await dialog.getByRole('button', { name: /^Create/ }).click();
  const field = dialog.getByLabel('The link', { exact: true });
  await field.waitFor();
  await expect(field.evaluate((element) => element === document.activeElement)).resolves.toBe(true);
  return field.inputValue();
}

async function revokeFirst(page: Page): Promise<void> {
  const dialog = dialogIn(page);
  await dialog
    .getByRole('button', { name: /^Revoke the link/ })
    .first()
    .click();
  await dialog.getByText('is disconnected at once').waitFor();
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
  await dialog.getByText(/(^|· )revoked /).waitFor();
}

describeInBrowser('[AUTH-7] sharing with the page', () => {
  const fixture = browserAndService(KEYS);
  const openAs = async (userId: string, path = '/', scopes: ('chat' | 'read')[] = ['chat']) => {
    const { text } = await createKey(fixture.service.databaseFile, {
      userId,
      name: `${userId}’s key`,
      scopes,
    });
    const window = await openSignedIn(fixture.browser, `${fixture.service.url}${path}`, text);
    return { window, text };
  };
  const makeWorkspace = async (key: string): Promise<string> => {
    const response = await fetch(`${fixture.service.url}/api/workspaces`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Notes', files: [{ name: 'a.txt', text: 'Begin\n' }] }),
    });
    return ((await response.json()) as { workspace: { id: string } }).workspace.id;
  };
  const openGuest = (link: string): Promise<Window> => openWindow(fixture.browser, link);

  it('[AUTH-9] a chat: a link, shown once, opens it in another browser until it is revoked', async () => {
    const { window } = await openAs('ada');
    await using ada = window;
    const { page } = ada;
    await askIn(ada, 'What is shared?');
    await answered(ada);
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    await dialogIn(page).getByText('There are none yet.').waitFor();
    await dialogIn(page).getByText('They cannot write, and see nothing else of yours.').waitFor();
    const link = await makeLink(page, { Valid: 'for 1 day' });
    expect(link).toMatch(/\/view\/[\w-]+#lsh_[\w-]{43}$/);
    await dialogIn(page).getByText('it is shown only this once').waitFor();
    await dialogIn(page)
      .getByText(/^expires /)
      .waitFor();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await dialogIn(page).getByRole('button', { name: 'Copy' }).click();
    await dialogIn(page).getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);

    await using guest = await openGuest(link);
    await guest.page.getByText('Hello there').waitFor();
    await guest.page.getByText('guest (you)').waitFor();
    await guest.page.getByText('ada’s key').waitFor({ state: 'detached' });
    expect(await guest.page.getByLabel('Your name').count()).toBe(0);
    expect(await guest.page.getByRole('textbox').count()).toBe(0);

    // Closed and opened again, the link cannot be had.
    await page.keyboard.press('Escape');
    await dialogIn(page).waitFor({ state: 'detached' });
    const focused = page.getByRole('button', { name: 'Share', exact: true });
    expect(await focused.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await dialogIn(page)
      .getByText(/^expires /)
      .waitFor();
    expect(await dialogIn(page).innerHTML()).not.toContain('lsh_');

    await revokeFirst(page);
    await guest.page.getByText(OVER).waitFor();
    expect(
      await dialogIn(page)
        .getByRole('button', { name: /^Revoke/ })
        .count(),
    ).toBe(0);
    await guest.page.reload();
    await guest.page.getByRole('heading', { name: OVER }).waitFor();
    expect(await guest.page.getByText('Hello there').count()).toBe(0);
    expect([...ada.incidents, ...guest.incidents]).toEqual([]);
  });

  it('asks before it revokes, and keeps the link and the focus when it shall be kept', async () => {
    const { window } = await openAs('ada');
    await using ada = window;
    const { page } = ada;
    await askIn(ada, 'Kept?');
    await answered(ada);
    await page.getByRole('button', { name: 'Options of this chat' }).click();
    await page.getByRole('button', { name: 'Share…' }).click();
    await makeLink(page, { Valid: 'until it is revoked' });
    const revoke = dialogIn(page).getByRole('button', { name: /^Revoke the link/ });
    await revoke.focus();
    await page.keyboard.press('Enter');
    const keep = dialogIn(page).getByRole('button', { name: 'Keep it' });
    await keep.waitFor();
    expect(await keep.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await keep.waitFor({ state: 'detached' });
    expect(await revoke.evaluate((button) => button === document.activeElement)).toBe(true);
    await dialogIn(page).getByText('valid until it is revoked').waitFor();
    await dialogIn(page).getByRole('button', { name: 'Close' }).click();
    const options = page.getByRole('button', { name: 'Options of this chat' });
    expect(await options.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  it('a workspace to look at: nothing in it can be typed, and everything is seen', async () => {
    const { text } = await openAs('ada').then(async ({ window, text }) => {
      await window[Symbol.asyncDispose]();
      return { text };
    });
    const id = await makeWorkspace(text);
    await using ada = await openSignedIn(fixture.browser, `${fixture.service.url}/workspace/${id}`, text);
    await ada.page.getByRole('button', { name: 'Share', exact: true }).click();
    const link = await makeLink(ada.page, { Allows: 'to look' });
    expect(link).toMatch(new RegExp(`/workspace/${id}#lsh_`));
    await dialogIn(ada.page)
      .getByText(/^to look · expires /)
      .waitFor();
    await ada.page.keyboard.press('Escape');

    await using guest = await openGuest(link);
    await editorContains(guest, 'Begin');
    await guest.page.getByText('Read only').waitFor();
    expect(await guest.page.getByRole('button', { name: /New file|Options/ }).count()).toBe(0);
    expect(await guest.page.locator('textarea').count()).toBe(0);
    await guest.page.getByText('ada’s key').first().waitFor();
    await ada.page.locator('.person', { hasText: 'guest' }).waitFor();
    await ada.page.getByText('ada’s key (you)').waitFor();

    await guest.page.locator('.cm-content').focus();
    await guest.page.keyboard.press('Control+A');
    await guest.page.keyboard.type('x');
    await guest.page.keyboard.press('Delete');
    await guest.page.keyboard.press('Control+Z');
    await focusEditor(ada);
    await ada.page.keyboard.press('Control+End');
    await ada.page.keyboard.type('More');
    await editorContains(guest, 'More');
    expect(await editorText(guest)).toBe('Begin\nMore');
    // The token stays in the address.
    await guest.page.reload();
    await editorContains(guest, 'More');
    // A reader gets no earlier versions, so after a pause it loads the files again.
    await guest.setOffline(true);
    await guest.page.getByText('You are offline.', { exact: false }).waitFor();
    await ada.page.keyboard.type(' and more');
    await guest.setOffline(false);
    await editorContains(guest, 'More and more');
    expect(await guest.page.getByText('loaded afresh').count()).toBe(0);
    expect([...ada.incidents, ...guest.incidents]).toEqual([]);
  });

  it('[AUTH-9] a workspace to edit: guests write, until the link is revoked', async () => {
    const { window, text } = await openAs('ada', '/workspace');
    await window[Symbol.asyncDispose]();
    const id = await makeWorkspace(text);
    await using ada = await openSignedIn(fixture.browser, `${fixture.service.url}/workspace/${id}`, text);
    await ada.page.getByRole('button', { name: 'Options of this workspace' }).click();
    await ada.page.getByRole('button', { name: 'Share…' }).click();
    const link = await makeLink(ada.page, { Allows: 'to change, add and delete files' });

    await using guest = await openGuest(link);
    await editorContains(guest, 'Begin');
    await focusEditor(guest);
    await guest.page.keyboard.press('Control+End');
    await guest.page.keyboard.type('by a guest');
    await editorContains(ada, 'by a guest');
    await guest.page.getByRole('button', { name: 'New file' }).click();
    await guest.page.getByRole('dialog', { name: 'New file' }).getByRole('textbox').fill('b.txt');
    await guest.page.keyboard.press('Enter');
    await ada.page.getByRole('navigation', { name: 'Files' }).getByText('b.txt').waitFor();
    expect(new URL(guest.page.url()).hash).toMatch(/^#lsh_/);
    expect(await guest.page.getByRole('button', { name: /Share|Options of this workspace/ }).count()).toBe(0);

    await revokeFirst(ada.page);
    await guest.page.getByText(OVER).waitFor();
    await guest.page.getByText('Read only').waitFor();
    expect(await guest.page.getByRole('button', { name: 'New file' }).count()).toBe(0);
    expect([...ada.incidents, ...guest.incidents]).toEqual([]);
  });

  it('a link that was not copied whole says so, and is no way to find out what exists', async () => {
    for (const path of ['/view/some-chat#lsh_x', '/workspace/some-workspace#lsh_x']) {
      await using guest = await openGuest(`${fixture.service.url}${path}`);
      await guest.page.getByRole('heading', { name: OVER }).waitFor();
      await guest.page.getByRole('link', { name: 'Open it with an account of this server' }).click();
      await guest.page.getByLabel('API key').waitFor();
      expect(guest.incidents).toEqual([]);
    }
  });

  it('who may only read shares nothing and types nothing', async () => {
    const { text } = await createKey(fixture.service.databaseFile, { userId: 'eve' });
    const id = await makeWorkspace(text);
    const { window } = await openAs('eve', `/workspace/${id}`, ['read']);
    await using eve = window;
    await editorContains(eve, 'Begin');
    await eve.page.getByText('Read only').waitFor();
    expect(await eve.page.getByRole('button', { name: /Share|New file/ }).count()).toBe(0);
    await eve.page.getByText('You can read here, but not write').waitFor();
    await eve.page.goto(fixture.service.url);
    await eve.page.getByText('You can read here, but not write').waitFor();
    expect(await eve.page.getByRole('textbox').count()).toBe(0);
  });

  it('[AUTH-6] the page of what belongs to somebody else is that of what does not exist', async () => {
    const { window, text } = await openAs('ada');
    await using ada = window;
    await askIn(ada, 'A secret');
    await answered(ada);
    const chat = new URL(ada.page.url()).searchParams.get('chat');
    const workspace = await makeWorkspace(text);
    const { window: other } = await openAs('bob');
    await using bob = other;
    const pageAt = async (path: string, what: string): Promise<string> => {
      await bob.page.goto(`${fixture.service.url}${path}`);
      await bob.page.getByRole('heading', { name: `There is no ${what} here` }).waitFor();
      await bob.page.getByText('You are signed in as bob’s key').waitFor();
      const state = bob.page.locator('.topbar .state');
      await state.filter({ hasText: /Live|Azure|test-deployment/i }).waitFor();
      return bob.page.locator('#page').innerHTML();
    };
    for (const [foreign, absent, what] of [
      [`/?chat=${chat}`, '/?chat=00000000-0000-4000-8000-000000000000', 'chat'],
      [`/view/${chat}`, '/view/00000000-0000-4000-8000-000000000000', 'chat'],
    ] as const) {
      const of = (path: string, html: string) =>
        html.replaceAll(path.slice(-36), 'ID').replaceAll(/viewer-name-\d+/g, '');
      expect(of(foreign, await pageAt(foreign, what))).toBe(of(absent, await pageAt(absent, what)));
    }
    const workspaceAt = async (id: string): Promise<string> => {
      await bob.page.goto(`${fixture.service.url}/workspace/${id}`);
      await bob.page.getByRole('heading', { name: 'There is no workspace here' }).waitFor();
      return (await bob.page.locator('#page').innerHTML()).replaceAll(id, 'ID');
    };
    expect(await workspaceAt(workspace)).toBe(await workspaceAt('no-such-workspace'));
    await bob.page.goto(`${fixture.service.url}/?chat=${chat}`);
    await bob.page.getByRole('heading', { name: 'There is no chat here' }).waitFor();
    expect(await bob.page.getByRole('button', { name: /^Share|Options of this chat/ }).count()).toBe(0);
    await bob.page.getByRole('main').getByRole('button', { name: 'New chat' }).click();
    await bob.page.getByRole('heading', { name: 'What is on your mind?' }).waitFor();
    expect(bob.incidents).toEqual([]);
  });
});

describeInBrowser('[AUTH-7] the page, without authentication', () => {
  const fixture = browserAndService();

  it('offers addresses instead of links that could be revoked', async () => {
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await askIn(window, 'Hello?');
    await answered(window);
    await window.page.getByRole('button', { name: 'Copy link' }).waitFor();
    expect(await window.page.getByRole('button', { name: 'Share' }).count()).toBe(0);
  });
});
