import {
  answerContains,
  answered,
  answerIn,
  askIn,
  describeInBrowser,
  openWindow,
  stop,
  type Window,
} from '../support/browser.ts';
import { type BrowserAndServer, browserAndServer } from '../support/browser-and-server.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';

/** What the simulator's endless answer is, as long as it gets. */
const counted = (text: string) =>
  Array.from({ length: text.split(' ').length }, (_, index) => index).join(' ');

describeInBrowser('the page over interruptions', () => {
  let fixture: BrowserAndServer;
  let browser: BrowserAndServer['browser'];
  let simulator: BrowserAndServer['simulator'];
  let server: BrowserAndServer['server'];

  beforeAll(async () => {
    fixture = await browserAndServer();
    ({ browser, simulator, server } = fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const chatIdIn = ({ page }: Window) => new URL(page.url()).searchParams.get('chat') ?? '';
  const stored = async (chatId: string): Promise<{ status: string; content: string }> => {
    const response = await fetch(`${server.url}/api/chat/${chatId}`);
    const { messages } = (await response.json()) as { messages: Array<{ status: string; content: string }> };
    return messages.at(-1) ?? { status: 'none', content: '' };
  };

  it('[WEB-3] reloads in the middle of an answer continue it without a doubled or missing character', async () => {
    simulator.setBehaviour({ tokens: 'endless', delayMs: 15 });
    await using window = await openWindow(browser, server.url);
    await askIn(window, 'Count over reloads');
    for (const seen of [' 10 ', ' 60 ', ' 150 ']) {
      await answerContains(window, seen);
      await window.page.reload();
    }
    await answerContains(window, ' 160 ');
    expect(await window.page.getByRole('button', { name: 'Stop' }).isVisible()).toBe(true);
    await stop(window);
    const text = await answerIn(window);
    expect(text).toBe(counted(text));
    expect(text).toBe((await stored(chatIdIn(window))).content.trim());
    expect(window.incidents).toEqual([]);
  });

  it('[WEB-3] offline and back: says so, and continues without a doubled or missing character', async () => {
    simulator.setBehaviour({ tokens: 'endless', delayMs: 15 });
    // Chromium's offline mode keeps connections that are open; a network that goes does not.
    await using network = await startCuttingProxy(() => server.url);
    await using window = await openWindow(browser, network.url);
    await askIn(window, 'Count over a tunnel');
    await answerContains(window, ' 10 ');
    await using view = await openWindow(browser, `${network.url}/view/${chatIdIn(window)}`);
    await answerContains(view, ' 20 ');
    await Promise.all([window.setOffline(true), view.setOffline(true)]);
    network.cutAll();
    await Promise.all([
      window.page.getByText('You are offline.', { exact: false }).waitFor(),
      window.page.getByText('Waiting for the network').waitFor(),
      view.page.getByText('You are offline.', { exact: false }).waitFor(),
    ]);
    await window.screenshot('offline');
    await Promise.all([window.setOffline(false), view.setOffline(false)]);
    const seen = (await answerIn(window)).length;
    await window.page.waitForFunction(
      (length) => (document.querySelector('.message.live .markdown')?.textContent.length ?? 0) > length + 100,
      seen,
    );
    await stop(window);
    await answered(view);
    const text = await answerIn(window);
    expect(text).toBe(counted(text));
    expect(text).toBe((await stored(chatIdIn(window))).content.trim());
    expect(await answerIn(view)).toBe(text);
    await Promise.all([
      window.page.getByText('You are offline.', { exact: false }).waitFor({ state: 'detached' }),
      view.page.getByText('Live', { exact: true }).waitFor(),
    ]);
    expect([...window.incidents, ...view.incidents]).toEqual([]);
  });

  it('[WEB-3] a network that cuts again and again: both windows end with every character once', async () => {
    simulator.setBehaviour({ tokens: 'endless', delayMs: 15 });
    await using network = await startCuttingProxy(() => server.url);
    await using window = await openWindow(browser, network.url);
    await askIn(window, 'Count over a bad line');
    await answerContains(window, ' 5 ');
    await using view = await openWindow(browser, `${network.url}/view/${chatIdIn(window)}`);
    for (const seen of [' 20 ', ' 90 ', ' 200 ']) {
      await Promise.all([answerContains(window, seen), answerContains(view, seen)]);
      network.cutAll();
    }
    const seen = (await answerIn(window)).length;
    await window.page.waitForFunction(
      (length) => (document.querySelector('.message.live .markdown')?.textContent.length ?? 0) > length + 100,
      seen,
    );
    await stop(window);
    await answered(view);
    const text = await answerIn(window);
    expect(text).toBe(counted(text));
    expect(text).toBe((await stored(chatIdIn(window))).content.trim());
    expect(await answerIn(view)).toBe(text);
    expect([...window.incidents, ...view.incidents]).toEqual([]);
  });

  it('[WEB-3] the server is killed and restarted under both windows: they say so, come back and agree', async () => {
    simulator.setBehaviour({ tokens: 2_000, delayMs: 15 });
    await using window = await openWindow(browser, server.url);
    await askIn(window, 'Count until the server dies');
    await answerContains(window, ' 100 ');
    const chatId = chatIdIn(window);
    await using view = await openWindow(browser, `${server.url}/view/${chatId}`);
    await answerContains(view, ' 100 ');

    await server.kill();
    await Promise.all([
      window.page.getByText('Connecting again', { exact: false }).waitFor(),
      view.page.getByText('The server cannot be reached.', { exact: false }).waitFor(),
    ]);
    await view.screenshot('server-gone');
    await server.start();

    await Promise.all([answered(window), answered(view)]);
    const { status, content } = await stored(chatId);
    expect(status).toBe('interrupted');
    expect(content).toMatch(/ 100 /);
    expect(await answerIn(window)).toBe(content.trim());
    expect(await answerIn(view)).toBe(content.trim());
    await window.page
      .getByText('The server went away before this answer was complete.', { exact: false })
      .waitFor();

    simulator.setBehaviour({ text: 'Alive again.', delayMs: 0 });
    await askIn(window, 'Are you there?');
    await Promise.all([answerContains(window, 'Alive again.'), answerContains(view, 'Alive again.')]);
    expect([...window.incidents, ...view.incidents]).toEqual([]);
  });

  it('[WEB-3] a question that is asked while the server is away is asked once, when it is back', async () => {
    simulator.setBehaviour({ text: 'Answered late.', delayMs: 0 });
    await using window = await openWindow(browser, server.url);
    await window.page.getByRole('textbox', { name: 'Message' }).waitFor();
    await server.kill();
    const asked = simulator.requests.length;
    await askIn(window, 'Into the void');
    await window.page.getByText('Connecting again', { exact: false }).waitFor();
    await server.start();
    await answerContains(window, 'Answered late.');
    await answered(window);
    expect(await window.page.locator('.message').count()).toBe(2);
    expect(simulator.requests.length - asked).toBe(1);
    await window.page
      .getByText('The server cannot be reached.', { exact: false })
      .waitFor({ state: 'detached' });
    expect(window.incidents).toEqual([]);
  });
});
