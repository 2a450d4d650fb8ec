import type { Page } from 'playwright-core';
import { violationsIn } from '../support/accessibility.ts';
import { answered, askIn, describeInBrowser, launch, openWindow, type Window } from '../support/browser.ts';
import { buildPage } from '../support/built-page.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { CLIENT_SECRET, type RunningProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { createKey } from '../support/keys.ts';
import { type Service, startService } from '../support/service.ts';

const PHONE = { viewport: { width: 390, height: 844 } };

const providerButton = (page: Page) => page.getByRole('button', { name: 'Sign in with Example' });
const keyField = (page: Page) => page.getByLabel('API key');
const question = (page: Page) => page.getByRole('textbox', { name: 'Message' });

async function signedIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** On the pages of the provider. */
async function comeInAs(page: Page, user: string, { again = false } = {}): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(user);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  // Consent, which is asked for once.
  if (!again) await page.getByRole('button', { name: 'Continue' }).click();
}

describeInBrowser('[AUTH-5] the page, where one signs in at an identity provider', () => {
  let proxy: CuttingProxy;
  let provider: RunningProvider;
  let service: Service;
  let browser: Awaited<ReturnType<typeof launch>>;
  beforeAll(async () => {
    await buildPage();
    // The public address is known before the server's own.
    proxy = await startCuttingProxy(() => service.url);
    provider = await startIdentityProvider(`${proxy.url}/api/session/oidc/callback`);
    browser = await launch();
    service = await startService({
      config: {
        auth: { methods: ['keys', 'oidc'] },
        oidc: provider.settings,
        oidcSecret: CLIENT_SECRET,
        server: { publicOrigin: proxy.url },
      },
    });
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
    await provider?.[Symbol.asyncDispose]();
    await proxy?.[Symbol.asyncDispose]();
  });
  const open = async (path = '/', options?: Parameters<typeof openWindow>[2]): Promise<Window> => {
    const window = await openWindow(browser, `${proxy.url}${path}`, options);
    // The pages of the provider ask for a font.
    await window.page.context().route('https://fonts.googleapis.com/**', (route) => route.abort());
    return window;
  };
  /** The session's cookie of a browser, as a header. */
  const sessionOf = async (page: Page) => {
    const cookies = await page.context().cookies(proxy.url);
    const session = cookies.find(({ name }) => name.startsWith('lss_session'));
    return `${session?.name}=${session?.value}`;
  };
  const endElsewhere = async (page: Page) => {
    const headers = { cookie: await sessionOf(page), origin: proxy.url };
    expect((await fetch(`${proxy.url}/api/session`, { method: 'DELETE', headers })).status).toBe(204);
  };
  /** What went wrong beside the visit to the provider. */
  const incidentsOf = ({ incidents }: Window) =>
    incidents.filter((each) => !/localhost|fonts\.googleapis/.test(each));

  it('shows both ways, leads there and back to where one was, and says who one is', async () => {
    await using window = await open('/?chat=elsewhere');
    const { page } = window;
    await providerButton(page).waitFor();
    expect(await providerButton(page).evaluate((button) => button === document.activeElement)).toBe(true);
    await keyField(page).waitFor();
    expect(await violationsIn(window)).toEqual([]);
    await window.screenshot('oidc-sign-in');
    await page.keyboard.press('Enter');
    await comeInAs(page, 'ada');
    await signedIn(page);
    expect(page.url()).toBe(`${proxy.url}/?chat=elsewhere`);
    await page.getByTitle('Signed in as ada').waitFor();
    await window.screenshot('oidc-signed-in');
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    expect(kept).not.toMatch(/lss_|eyJ/);
    await page.goto(proxy.url);
    await signedIn(page);
    await askIn(window, 'Hello?');
    await answered(window);
    expect(service.query('SELECT ownerId FROM Chat')).toEqual([{ ownerId: 'default/ada' }]);
    expect((await page.context().cookies(proxy.url)).map(({ name }) => name)).toEqual([
      `lss_session_${new URL(proxy.url).port}`,
    ]);
    expect(incidentsOf(window)).toEqual([]);
  });

  it('says in words that it was cancelled at the provider, once', async () => {
    await using window = await open('/workspace', PHONE);
    const { page } = window;
    await providerButton(page).click();
    await page.getByText('[ Cancel ]').click();
    await page.getByRole('alert').getByText('it was cancelled, or you are not allowed in').waitFor();
    expect(page.url()).toBe(`${proxy.url}/workspace`);
    expect(await violationsIn(window)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await window.screenshot('oidc-denied-phone');
    await page.reload();
    await providerButton(page).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('takes the address that the provider leads to only once, and only from the browser that began', async () => {
    await using window = await open();
    const { page } = window;
    let callback = '';
    page.on('request', (request) => {
      if (request.url().includes('/callback?')) callback = request.url();
    });
    await providerButton(page).click();
    await comeInAs(page, 'ada');
    await signedIn(page);
    expect(callback).toContain('code=');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto(callback);
    await page.getByRole('alert').getByText('took too long, or was used before').waitFor();
    await window.screenshot('oidc-replayed');
    await using other = await open();
    await other.page.goto(callback);
    await other.page.getByRole('alert').getByText('took too long, or was used before').waitFor();
  });

  it('lets two tabs sign in at the same time, and signs out everywhere', async () => {
    await using window = await open();
    const { page } = window;
    const second = await page.context().newPage();
    await second.goto(`${proxy.url}/workspace`);
    await providerButton(page).click();
    await page.getByPlaceholder('Enter any login').waitFor();
    await providerButton(second).click();
    await comeInAs(second, 'ada');
    await signedIn(second);
    await comeInAs(page, 'ada', { again: true });
    await signedIn(page);
    // The session of the second tab has ended for the other one of the same browser, which both use.
    await second.reload();
    await signedIn(second);
    expect(new URL(second.url()).pathname).toBe('/workspace');
    const cookie = await sessionOf(page);
    await question(page).fill('Something private');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await providerButton(page).waitFor();
    await second.reload();
    await providerButton(second).waitFor();
    const response = await fetch(`${proxy.url}/api/chats`, {
      headers: { cookie },
    });
    expect(response.status).toBe(401);
  });

  it('keeps what was typed for the user who signs in again, and for nobody else', async () => {
    await using window = await open();
    const { page } = window;
    await providerButton(page).click();
    await comeInAs(page, 'bob');
    await signedIn(page);
    await question(page).fill('A secret of Bob');
    await endElsewhere(page);
    await page.reload();
    await providerButton(page).click();
    await signedIn(page);
    expect(await question(page).inputValue()).toBe('A secret of Bob');
    await endElsewhere(page);
    await page.reload();
    const { text } = await createKey(service.databaseFile, { userId: 'eve' });
    await keyField(page).fill(text);
    await page.keyboard.press('Enter');
    await signedIn(page);
    expect(await question(page).inputValue()).toBe('');
  });

  it('says in words that the provider cannot be reached, and how long to wait', async () => {
    await using down = await startService({
      config: {
        auth: { methods: ['oidc'] },
        oidc: { ...provider.settings, issuer: 'http://127.0.0.1:9' },
        server: { publicOrigin: 'http://127.0.0.1:1' },
      },
    });
    await using window = await openWindow(browser, down.url);
    await providerButton(window.page).click();
    await window.page
      .getByRole('alert')
      .getByText(/does not respond as it should\. Try again in \d+ s\./)
      .waitFor();
    await window.screenshot('oidc-provider-down');
  });
});
