import {
  answerContains,
  answered,
  answerIn,
  askIn,
  describeInBrowser,
  openWindow,
  stop,
} from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { ask } from '../support/events.ts';

describeInBrowser('the chat', () => {
  const fixture = browserAndService();

  const storedAnswers = () =>
    fixture.service.query<{ status: string; content: string }>(
      "SELECT status, content FROM Message WHERE role = 'assistant' ORDER BY createdAt, position",
    );

  it('[WEB-1] sends with Enter, keeps a line break with Shift+Enter, and shows the answer and its title', async () => {
    fixture.service.simulator.setBehaviour({ text: 'Here *you* are.', delayMs: 0 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    const field = page.getByRole('textbox', { name: 'Message' });
    await field.pressSequentially('First line');
    await field.press('Shift+Enter');
    await field.pressSequentially('second line');
    await field.press('Enter');
    await answered(window);
    expect(await answerIn(window)).toBe('Here you are.');
    expect(await page.locator('.markdown em').textContent()).toBe('you');
    expect(await page.locator('.message.user .said').textContent()).toBe('First line\nsecond line');
    expect(await field.inputValue()).toBe('');
    await page
      .getByRole('navigation')
      .getByRole('link', { name: /First line/ })
      .waitFor();
    expect(new URL(page.url()).searchParams.get('chat')).toMatch(/^[0-9a-f-]{36}$/);
    expect(window.incidents).toEqual([]);
  });

  it('[WEB-1] stops an answer, keeps its text, and answers again', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 'endless', delayMs: 10 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    await askIn(window, 'Count for ever');
    await answerContains(window, ' 20 ');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped before its end.').waitFor();
    const [stopped] = storedAnswers().slice(-1);
    expect(stopped?.status).toBe('stopped');
    expect(await answerIn(window)).toBe(stopped?.content.trim());

    fixture.service.simulator.setBehaviour({ text: 'Another answer.', delayMs: 0 });
    await page.getByRole('button', { name: 'Try again' }).click();
    await answerContains(window, 'Another answer.');
    await answered(window);
    expect(await page.locator('.message').count()).toBe(2);
    expect(window.incidents).toEqual([]);
  });

  it('[WEB-1] edits an earlier question; what followed it is removed', async () => {
    fixture.service.simulator.setBehaviour(({ body }) => ({
      text: `Answer to: ${JSON.stringify(body.messages.at(-1))}`,
    }));
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    for (const question of ['First question', 'Second question']) {
      await askIn(window, question);
      await answerContains(window, question);
      await answered(window);
    }
    await page.getByRole('button', { name: 'Edit question' }).first().click();
    await page.getByRole('textbox', { name: 'Question' }).fill('A better question');
    await page.keyboard.press('Enter');
    await answerContains(window, 'A better question');
    await answered(window);
    expect(await page.locator('.message.user .said').allInnerTexts()).toEqual(['A better question']);
    await page.reload();
    await answerContains(window, 'A better question');
    expect(await page.locator('.message').count()).toBe(2);
    expect(window.incidents).toEqual([]);
  });

  it('[WEB-1] renames, exports and deletes a chat; deleting asks first', async () => {
    fixture.service.simulator.setBehaviour({ text: 'Exported words.', delayMs: 0 });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    await askIn(window, 'To be renamed');
    await answered(window);
    const options = page.getByRole('button', { name: 'Options of this chat' });
    const dialog = page.getByRole('dialog');

    await options.click();
    await dialog.getByRole('textbox', { name: 'Title' }).fill('A <b>new</b> name');
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('heading', { level: 1, name: 'A <b>new</b> name' }).waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'A <b>new</b> name' }).waitFor();

    await options.click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('link', { name: 'Export as Markdown' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^[0-9a-f-]{36}\.md$/);

    await dialog.getByRole('button', { name: 'Delete…' }).click();
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    expect(fixture.service.query("SELECT id FROM Chat WHERE title = 'A <b>new</b> name'")).toHaveLength(1);
    await options.click();
    await dialog.getByRole('button', { name: 'Delete…' }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'What is on your mind?' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(fixture.service.query("SELECT id FROM Chat WHERE title = 'A <b>new</b> name'")).toHaveLength(0);
    expect(window.incidents).toEqual([]);
  });

  it('[WEB-1] lists past chats by pages, and opens them with the history of the browser', async () => {
    fixture.service.simulator.setBehaviour({ text: 'ok', delayMs: 0 });
    for (let index = 1; index <= 45; index += 1) {
      await (await ask(fixture.service.url, `Listed question ${index}`)).text();
    }
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    const links = page.getByRole('navigation').getByRole('listitem').getByRole('link');
    await links.nth(39).waitFor();
    expect(await links.count()).toBe(40);
    await page.getByRole('button', { name: 'Show older chats' }).click();
    await links.nth(44).waitFor();
    await links
      .filter({ hasText: 'Listed question 3 ' })
      .or(links.filter({ hasText: /question 3\b/ }))
      .first()
      .click();
    await page.getByRole('heading', { level: 1, name: 'Listed question 3' }).waitFor();
    await links.filter({ hasText: 'Listed question 45' }).click();
    await page.getByRole('heading', { level: 1, name: 'Listed question 45' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Listed question 3' }).waitFor();
    expect(window.incidents).toEqual([]);
  });

  it('[WEB-3] says plainly why an answer failed, keeps what had come, and tries again', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 30, delayMs: 0, fault: { kind: 'error', at: 10 } });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    await askIn(window, 'Fail in the middle');
    await page.getByText('This answer failed.').waitFor();
    expect(await answerIn(window)).toMatch(/^0 1 2 3/);
    fixture.service.simulator.setBehaviour({ text: 'Now it works.', delayMs: 0 });
    await page.getByRole('button', { name: 'Try again' }).click();
    await answerContains(window, 'Now it works.');
    expect(window.incidents).toEqual([]);
  });

  it('[WEB-3] a refused question is returned to the field, with the reason', async () => {
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    const long = 'x'.repeat(300_000);
    await askIn(window, long);
    await page.getByRole('alert').filter({ hasText: 'at most 262144 characters' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe(long);
    expect(await page.locator('.message').count()).toBe(0);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(window.incidents).toEqual([]);
  });

  it('[CHAT-7] a chat that is answering in another window is followed there, not asked twice', async () => {
    fixture.service.simulator.setBehaviour({ text: 'ok', delayMs: 0 });
    await using first = await openWindow(fixture.browser, fixture.service.url);
    await askIn(first, 'Opening');
    await answered(first);
    await using second = await openWindow(fixture.browser, first.page.url());
    await answered(second);
    fixture.service.simulator.setBehaviour({ tokens: 'endless', delayMs: 10 });
    await askIn(first, 'Asked in the first window');
    await answerContains(first, ' 5 ');
    await askIn(second, 'Asked in the second window');
    await second.page.getByRole('alert').filter({ hasText: 'answering already' }).waitFor();
    expect(await second.page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe(
      'Asked in the second window',
    );
    await answerContains(second, ' 200 ');
    await stop(second);
    await answered(first);
    expect(await answerIn(second)).toBe(await answerIn(first));
  });

  it('[WEB-2] shows redactions of a content filter', async () => {
    fixture.service.simulator.setBehaviour({
      text: 'Keep this. Forget that. And go on.',
      delayMs: 5,
      fault: { kind: 'late_violation', from: 11, to: 23 },
    });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await askIn(window, 'Say too much');
    await answered(window);
    expect(await answerIn(window)).toBe(`Keep this. ${'█'.repeat(12)} And go on.`);
    expect(window.incidents).toEqual([]);
  });
});
