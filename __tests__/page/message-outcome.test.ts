import {
  answerContains,
  answered,
  answerIn,
  askIn,
  describeInBrowser,
  openWindow,
  type Window,
} from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';

const LENGTH = 'The answer reached the longest length that it may have.';
const FILTER = 'The provider’s content filter ended this answer.';

describeInBrowser('how an answer ended', () => {
  const fixture = browserAndService();

  /** Waits until the last answer says so, here, after a reload, and in the live view. */
  async function says(window: Window, sentence: string): Promise<void> {
    const { page } = window;
    const last = page.locator('.message.assistant:last-child .outcome', { hasText: sentence });
    await last.waitFor();
    await page.reload();
    await last.waitFor();
    const id = new URL(page.url()).searchParams.get('chat');
    await using view = await openWindow(fixture.browser, `${fixture.service.url}/view/${id}`);
    await view.page.locator('.message.assistant:last-child .outcome', { hasText: sentence }).waitFor();
    expect([...window.incidents, ...view.incidents]).toEqual([]);
  }

  async function limit({ page }: Window, tokens: string): Promise<void> {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByLabel('Longest answer').fill(tokens);
    await page.getByRole('button', { name: 'Done' }).click();
  }

  it('[WEB-3] cut off by its longest length: it says so for good, and can be continued', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 100, delayMs: 0 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    await limit(window, '12');
    await askIn(window, 'Count');
    await answered(window);
    await says(window, LENGTH);
    expect(await answerIn(window)).toBe('0 1 2 3 4 5 6 7 8 9 10 11');
    expect(await page.getByRole('button', { name: 'Answer again' }).isVisible()).toBe(true);
    await limit(window, '');
    fixture.service.simulator.setBehaviour({ text: 'And this is the rest.', delayMs: 0 });
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await answerContains(window, 'And this is the rest.');
    await answered(window);
    expect(await page.locator('.message.user .said').allInnerTexts()).toEqual(['Count', 'Continue.']);
    expect(await page.getByRole('button', { name: 'Continue', exact: true }).count()).toBe(0);
  });

  it('[WEB-3] ended by the content filter: it says so for good, and is not continued', async () => {
    fixture.service.simulator.setBehaviour({
      tokens: 100,
      delayMs: 0,
      fault: { kind: 'answer_filtered', at: 30 },
    });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await askIn(window, 'Say too much');
    await answered(window);
    await says(window, FILTER);
    expect(await window.page.getByRole('button', { name: 'Continue', exact: true }).count()).toBe(0);
  });

  it('[WEB-3] redacted in part: the black bars are explained', async () => {
    fixture.service.simulator.setBehaviour({
      text: 'Keep this. Forget that.',
      delayMs: 0,
      fault: { kind: 'late_violation', from: 11, to: 23 },
    });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await askIn(window, 'Say too much');
    await answered(window);
    await says(window, FILTER);
  });

  it('[WEB-3] JSON that was cut off says so, and is not continued: no two answers make one JSON', async () => {
    fixture.service.simulator.setBehaviour({ text: '{"a": "one two three four five six"}', delayMs: 0 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await limit(window, '4');
    await askIn(window, 'As JSON');
    await answered(window);
    await says(window, LENGTH);
    expect(await window.page.getByRole('button', { name: 'Continue', exact: true }).count()).toBe(0);
  });

  it('[WEB-3] why an answer failed is said after a reload, too', async () => {
    fixture.service.simulator.setBehaviour({ fault: { kind: 'unauthorized' } });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await askIn(window, 'Fail');
    await answered(window);
    await says(window, 'This answer failed. The provider did not accept the server’s credentials.');
  });

  it('[WEB-3] an empty answer is said to be empty', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 0, delayMs: 0 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await askIn(window, 'Say nothing');
    await answered(window);
    await says(window, 'The answer is empty.');
  });
});
