import type { Page } from 'playwright-core';
import {
  answerContains,
  answerIn,
  askIn,
  describeInBrowser,
  launch,
  openWindow,
  stop,
  type Window,
} from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { makeWorkspace } from '../support/editor.ts';
import { people } from '../support/who-is-here.ts';
import { editorContains, focusEditor, openWorkspace } from '../support/workspace-window.ts';

/** Counts, in the page, what it has open: what a page that was left must not have. */
async function countOpen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const open = { sockets: 0, readers: 0, timers: 0 };
    Reflect.set(globalThis, 'open', open);

    const Socket = globalThis.WebSocket;
    Reflect.set(
      globalThis,
      'WebSocket',
      class extends Socket {
        constructor(url: string) {
          super(url);
          open.sockets += 1;
          // The browser's own event: the page may have taken its listeners off.
          this.addEventListener('close', () => {
            open.sockets -= 1;
          });
        }
      },
    );

    const { getReader } = ReadableStream.prototype;
    Reflect.set(ReadableStream.prototype, 'getReader', function (this: ReadableStream) {
      const reader = Reflect.apply(getReader, this, []);
      open.readers += 1;
      const ended = () => {
        open.readers -= 1;
      };
      reader.closed.then(ended, ended);
      return reader;
    });

    const timers = new Set<unknown>();
    const count = () => {
      open.timers = timers.size;
    };
    const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
    Reflect.set(globalThis, 'setTimeout', (work: () => void, ms: number) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        count();
        work();
      }, ms);
      timers.add(timer);
      count();
      return timer;
    });
    Reflect.set(globalThis, 'setInterval', (work: () => void, ms: number) => {
      const timer = setInterval(work, ms);
      timers.add(timer);
      count();
      return timer;
    });
    const clear = (clearIt: (timer: number) => void) => (timer: number) => {
      timers.delete(timer);
      count();
      clearIt(timer);
    };
    Reflect.set(globalThis, 'clearTimeout', clear(clearTimeout));
    Reflect.set(globalThis, 'clearInterval', clear(clearInterval));
  });
}

const opened = ({ page }: Window) =>
  page.evaluate(() => ({ ...Reflect.get(globalThis, 'open') }) as Record<string, number>);

/** What a browser does to a page that it keeps to come back to. */
const leave = ({ page }: Window) =>
  page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
const comeBack = ({ page }: Window) =>
  page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));

const NOTHING = { sockets: 0, readers: 0, timers: 0 };

describeInBrowser('leaving a page', () => {
  const fixture = browserAndService();

  it('[WEB-1] leaving releases readers, timers and elements; coming back shows everything', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 'endless', delayMs: 15 });
    await using window = await openWindow(fixture.browser, 'about:blank');
    await countOpen(window.page);
    await window.page.goto(fixture.service.url);
    await askIn(window, 'Count while I am away');
    await answerContains(window, ' 10 ');
    await window.page.getByRole('textbox', { name: 'Message' }).fill('Half a thought');
    const busy = await opened(window);
    expect(busy.readers).toBe(1);
    expect(busy.timers).toBeGreaterThan(0);

    await leave(window);
    await window.page.waitForFunction(() => Reflect.get(Reflect.get(globalThis, 'open'), 'readers') === 0);
    expect(await opened(window)).toEqual(NOTHING);
    expect(await window.page.locator('#page').innerHTML()).toBe('');

    await comeBack(window);
    await answerContains(window, ' 60 ');
    expect(await window.page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Half a thought');
    await stop(window);
    const text = await answerIn(window);
    expect(text).toBe(Array.from(text.split(' '), (_, index) => index).join(' '));
  });

  it('[WEB-1] leaving a live view closes its socket, and others see that it has left', async () => {
    fixture.service.simulator.setBehaviour({ text: 'Seen.', delayMs: 0 });
    await using chat = await openWindow(fixture.browser, fixture.service.url);
    await askIn(chat, 'Who watches?');
    await answerContains(chat, 'Seen.');
    const address = `${fixture.service.url}/view/${new URL(chat.page.url()).searchParams.get('chat')}`;
    await using ada = await openWindow(fixture.browser, 'about:blank');
    await countOpen(ada.page);
    await ada.page.goto(address);
    await answerContains(ada, 'Seen.');
    await using eve = await openWindow(fixture.browser, address);
    const guests = people(eve.page, 'Guest');
    await guests.waitFor();
    expect((await opened(ada)).sockets).toBe(1);

    await leave(ada);
    await guests.waitFor({ state: 'detached' });
    expect(await opened(ada)).toEqual(NOTHING);

    await comeBack(ada);
    await answerContains(ada, 'Seen.');
    await guests.waitFor();
  });

  it('[WEB-1] leaving a workspace releases everything, with its editor; coming back goes on', async () => {
    const { id } = await makeWorkspace(fixture.service.url, { 'a.txt': 'begin\n' });
    await using ada = await openWindow(fixture.browser, 'about:blank');
    await countOpen(ada.page);
    await ada.page.goto(`${fixture.service.url}/workspace/${id}`);
    await editorContains(ada, 'begin');
    await using bob = await openWorkspace(fixture.browser, fixture.service.url, id);
    await focusEditor(ada);
    await ada.page.keyboard.type('Ada: ');
    await editorContains(bob, 'Ada: begin');
    const people = bob.page.getByRole('region', { name: 'Who is here' });
    await people.getByText('Guest in a.txt').waitFor();
    expect((await opened(ada)).sockets).toBe(1);

    await leave(ada);
    await people.getByText('Guest in a.txt').waitFor({ state: 'detached' });
    expect(await opened(ada)).toEqual(NOTHING);

    await comeBack(ada);
    await editorContains(ada, 'Ada: begin');
    await focusEditor(ada);
    await ada.page.keyboard.type('Back. ');
    await editorContains(bob, 'Back. Ada: begin');
    expect(bob.incidents).toEqual([]);
  });

  it('[WEB-1] the page can be kept in the back/forward cache', async () => {
    await using keeping = await launch(['--disable-back-forward-cache']);
    fixture.service.simulator.setBehaviour({ tokens: 'endless', delayMs: 15 });
    await using window = await openWindow(keeping, fixture.service.url);
    const { page } = window;
    await askIn(window, 'Count over there and back');
    await answerContains(window, ' 10 ');
    await page.evaluate(() => Reflect.set(globalThis, 'kept', true));
    await page.goto(`${fixture.service.url}/openapi.json`);
    // A page that was kept is not loaded again.
    await page.goBack({ waitUntil: 'commit' });
    await answerContains(window, ' 60 ');
    expect(await page.evaluate(() => Reflect.get(globalThis, 'kept'))).toBe(true);
    await stop(window);
    const text = await answerIn(window);
    expect(text).toBe(Array.from(text.split(' '), (_, index) => index).join(' '));
    expect(window.incidents).toEqual([]);
  });
});
