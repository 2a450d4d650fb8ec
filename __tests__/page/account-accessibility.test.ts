import { overflowingIn, violationsIn } from '../support/accessibility.ts';
import { answered, askIn, describeInBrowser, openWindow, type Window } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { createKey } from '../support/keys.ts';
import { openSignedIn } from '../support/signed-in.ts';
import { editorContains } from '../support/workspace-window.ts';

const LONG = 'a-name-that-somebody-has-made-rather-long-without-any-spaces-in-it';

describeInBrowser('keys, links and who may not come in, for everybody', () => {
  const fixture = browserAndService({ config: { auth: { methods: ['keys'] } } });

  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [360, 'light'],
    [360, 'dark'],
  ] as const)(
    '[WEB-4] [AUTH-7] %i px, %s: no accessibility violation, nothing wider than the screen',
    async (width, colorScheme) => {
      const { url, databaseFile } = fixture.service;
      const options = { viewport: { width, height: 800 }, colorScheme };
      const { text } = await createKey(databaseFile, { userId: LONG, name: LONG, scopes: ['admin'] });
      await createKey(databaseFile, { userId: 'ada', name: 'laptop', models: ['test-deployment'] });
      await using root = await openSignedIn(fixture.browser, url, text, options);
      const { page } = root;
      const check = async (window: Window, what: string) => {
        await window.screenshot(`account-${what}-${width}-${colorScheme}`);
        expect(await violationsIn(window)).toEqual([]);
        expect(await overflowingIn(window)).toEqual([]);
        const dialogs = window.page.locator('dialog[open]');
        for (const dialog of await dialogs.all())
          expect(await dialog.evaluate((shown) => shown.scrollWidth > shown.clientWidth)).toBe(false);
      };
      const sharing = page.getByRole('dialog', { name: /^Share/ });
      await askIn(root, 'Who sees this?');
      await answered(root);
      await page.getByRole('button', { name: 'Share', exact: true }).click();
      for (const span of ['for 1 hour', 'until it is revoked']) {
        await sharing.getByLabel(/^Valid/).selectOption(span);
        await sharing.getByRole('button', { name: /^Create/ }).click();
        await sharing.getByText(span === 'for 1 hour' ? /^expires/ : /^valid until/).waitFor();
      }
      await sharing
        .getByRole('button', { name: /^Revoke the link/ })
        .first()
        .click();
      await sharing.getByRole('button', { name: 'Revoke', exact: true }).click();
      await sharing.getByText(/^revoked/).waitFor();
      await sharing
        .getByRole('button', { name: /^Revoke the link/ })
        .first()
        .click();
      await check(root, 'share-chat');
      await page.keyboard.press('Escape');
      if (width < 600) await page.getByRole('button', { name: 'Chats' }).click();
      await check(root, 'chat');

      const made = await page.evaluate(async () => {
        const headers = { 'content-type': 'application/json' };
        const body = JSON.stringify({ name: 'Notes', files: [{ name: 'a.txt', text: 'Begin\n' }] });
        return (await fetch('/api/workspaces', { method: 'POST', headers, body })).json();
      });
      const address = `${url}/workspace/${made.workspace.id}`;
      await page.goto(address);
      await editorContains(root, 'Begin');
      await page.getByRole('button', { name: 'Share', exact: true }).click();
      await sharing.getByRole('button', { name: 'Create link' }).click();
      const link = await sharing.getByLabel('The link', { exact: true }).inputValue();
      await check(root, 'share-workspace');
      await page.keyboard.press('Escape');
      await check(root, 'workspace');
      await using guest = await openWindow(fixture.browser, link, options);
      await editorContains(guest, 'Begin');
      await guest.page.getByText('Read only').waitFor();
      await check(guest, 'guest-workspace');
      if (width < 600) await guest.page.getByRole('button', { name: 'Files', exact: true }).click();
      await check(guest, 'guest-files');
      await guest.page.goto(`${link}x`);
      await guest.page.getByRole('heading', { name: 'This link is not valid any more' }).waitFor();
      await check(guest, 'link-over');

      for (const [path, what] of [
        ['/?chat=nothing', 'no-chat'],
        ['/view/nothing', 'no-view'],
        ['/workspace/nothing', 'no-workspace'],
      ]) {
        await page.goto(`${url}${path}`);
        await page.getByRole('heading', { name: /^There is no/ }).waitFor();
        await check(root, `${what}`);
      }

      await page.goto(`${url}/admin/keys`);
      await page
        .getByRole('button', { name: /^Revoke the key laptop/ })
        .first()
        .click();
      await check(root, 'keys');
      await page.getByRole('button', { name: 'New key' }).click();
      const making = page.getByRole('dialog');
      await making.getByLabel(/^Name/).fill(LONG);
      await check(root, 'new-key');
      await making.getByRole('button', { name: 'Create key' }).click();
      await making.getByText('it is shown only this once').waitFor();
      await check(root, 'made-key');
      await page.goto(`${url}/admin/audit`);
      await page.getByRole('table').waitFor();
      await check(root, 'audit');
      expect([...root.incidents, ...guest.incidents]).toEqual([]);
    },
  );
});
