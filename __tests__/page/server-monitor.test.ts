import { answerContains, answered, askIn, describeInBrowser, openWindow } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { allEvents, ask, post } from '../support/events.ts';

const UNREACHABLE = 'The server cannot be reached.';

describeInBrowser('requests that fail', () => {
  const fixture = browserAndService();

  /** A window at a path in which the first request to an address fails. */
  async function openFailing(path: string, address: RegExp) {
    const window = await openWindow(fixture.browser, `${fixture.service.url}/healthz`);
    await window.page.route(address, (route) => route.abort(), { times: 1 });
    await window.page.goto(fixture.service.url + path);
    return window;
  }

  it('[WEB-3] the list of chats is asked for again as soon as the server is known to be there', async () => {
    await allEvents(ask(fixture.service.url, 'Listed after all'));
    await using window = await openFailing('/', /\/api\/chats\?/);
    await window.page.getByRole('link', { name: /Listed after all/ }).waitFor();
    expect(await window.page.getByText('The list could not be loaded.').count()).toBe(0);
  });

  it('[WEB-3] so is a chat, whose message goes', async () => {
    fixture.service.simulator.setBehaviour({ text: 'Here it is.', delayMs: 0 });
    await allEvents(ask(fixture.service.url, 'Opened after all', { chatId: 'opened' }));
    await using window = await openFailing('/?chat=opened', /\/api\/chat\/opened\?/);
    await answerContains(window, 'Here it is.');
    await window.page.getByText(UNREACHABLE).waitFor({ state: 'detached' });
  });

  it('[WEB-3] so is the list of workspaces', async () => {
    await post(`${fixture.service.url}/api/workspaces`, { name: 'Found after all', files: [] });
    await using window = await openFailing('/workspace', /\/api\/workspaces\?/);
    await window.page.getByRole('link', { name: /Found after all/ }).waitFor();
    await window.page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('[WEB-3] an answer is stopped although the first request for it fails, and nothing is left of that', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 'endless', delayMs: 10 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await window.page.route(/\/stop$/, (route) => route.abort(), { times: 1 });
    await askIn(window, 'Count');
    await answerContains(window, ' 5 ');
    const refused = window.page.waitForEvent('requestfailed', (request) => request.url().endsWith('/stop'));
    await window.page.getByRole('button', { name: 'Stop', exact: true }).click();
    await refused;
    await answered(window);
    await window.page.getByText(UNREACHABLE).waitFor({ state: 'detached' });
    await window.page.getByRole('button', { name: 'Send' }).waitFor();
  });

  it('[WEB-3] a server that is gone is said to be at once, not when it is looked at the next time', async () => {
    fixture.service.simulator.setBehaviour({ text: 'Back again.', delayMs: 0 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    await page.clock.install();
    await page.reload();
    const header = page.getByRole('banner').last();
    await header.getByText('test-deployment').waitFor();
    // From here on no timer of the page goes off.
    await page.clock.pauseAt(Date.now() + 1_000);
    await page.route(/\/(api\/|healthz)/, (route) => route.abort());
    await askIn(window, 'Are you there?');
    await header.getByText('Not connected').waitFor();
    await page.getByText(UNREACHABLE).waitFor();
    await page.unroute(/\/(api\/|healthz)/);
    await page.clock.resume();
    await answerContains(window, 'Back again.');
    await answered(window);
    await header.getByText('test-deployment').waitFor();
    expect(await page.getByText(UNREACHABLE).count()).toBe(0);
  });
});
