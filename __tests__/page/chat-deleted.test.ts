import { answerContains, answered, askIn, describeInBrowser, openWindow } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { edit, inTokens, writing } from '../support/edits.ts';
import { post } from '../support/events.ts';
import { openWorkspace } from '../support/workspace-window.ts';

const GONE = 'This chat was deleted. Ask as a new chat?';

describeInBrowser('a chat that was deleted elsewhere', () => {
  const fixture = browserAndService();

  const chats = (id: string | null) => fixture.service.query('SELECT id FROM Chat WHERE id = ?', id);
  const remove = (id: string | null) => fetch(`${fixture.service.url}/api/chat/${id}`, { method: 'DELETE' });

  /** A window on a chat with one answer, deleted since. */
  async function openDeleted() {
    fixture.service.simulator.setBehaviour({ text: 'The first answer.', delayMs: 0 });
    const window = await openWindow(fixture.browser, fixture.service.url);
    await askIn(window, 'The first question');
    await answered(window);
    const id = new URL(window.page.url()).searchParams.get('chat');
    await remove(id);
    fixture.service.simulator.setBehaviour({ text: 'A new answer.', delayMs: 0 });
    return { window, page: window.page, id, field: window.page.getByRole('textbox', { name: 'Message' }) };
  }

  it('[WEB-3] a question there begins no other chat by itself: its text is returned, and can be asked as a new one', async () => {
    const { window, page, id, field } = await openDeleted();
    await using _window = window;
    await askIn(window, 'The second question');
    await page.getByRole('alert').filter({ hasText: GONE }).waitFor();
    expect(await field.inputValue()).toBe('The second question');
    // What was said is still to be read.
    await answerContains(window, 'The first answer.');
    expect(await page.locator('.message').count()).toBe(2);
    expect(chats(id)).toEqual([]);
    await field.fill('The second question, changed');
    await page.getByRole('button', { name: 'Ask as a new chat' }).click();
    await answerContains(window, 'A new answer.');
    await answered(window);
    expect(await page.locator('.message.user .said').allInnerTexts()).toEqual([
      'The second question, changed',
    ]);
    expect(await field.inputValue()).toBe('');
    expect(await page.getByRole('alert').count()).toBe(0);
    const begun = new URL(page.url()).searchParams.get('chat');
    expect(begun).not.toBe(id);
    expect(chats(begun)).toHaveLength(1);
    expect(chats(id)).toEqual([]);
    expect(window.incidents).toEqual([]);
  });

  it.each([
    ['Answer again', 'The first question'],
    ['Edit', 'Asked differently'],
  ])('[WEB-3] %s there gives the question into the field', async (button, text) => {
    const { window, page, id, field } = await openDeleted();
    await using _window = window;
    await page.getByRole('button', { name: button }).first().click();
    if (button === 'Edit') {
      await page.getByRole('textbox', { name: 'Question' }).fill(text);
      await page.keyboard.press('Enter');
    }
    await page.getByRole('alert').filter({ hasText: GONE }).waitFor();
    expect(await field.inputValue()).toBe(text);
    expect(chats(id)).toEqual([]);
    await page.getByRole('button', { name: 'Ask as a new chat' }).click();
    await answerContains(window, 'A new answer.');
    expect(window.incidents).toEqual([]);
  });

  it('[WEB-3] an address of a chat that is not there asks the same', async () => {
    fixture.service.simulator.setBehaviour({ text: 'A new answer.', delayMs: 0 });
    await using window = await openWindow(fixture.browser, `${fixture.service.url}/?chat=gone`);
    await window.page.getByRole('heading', { name: 'There is no chat here' }).waitFor();
    await askIn(window, 'Anybody here?');
    await window.page.getByRole('alert').filter({ hasText: GONE }).waitFor();
    expect(chats('gone')).toEqual([]);
    await window.page.getByRole('button', { name: 'Ask as a new chat' }).click();
    await answerContains(window, 'A new answer.');
    expect(chats('gone')).toEqual([]);
  });

  it('[WEB-3] a question that was replaced in another window is not the chat that is gone', async () => {
    fixture.service.simulator.setBehaviour({ text: 'An answer.', delayMs: 0 });
    await using first = await openWindow(fixture.browser, fixture.service.url);
    await askIn(first, 'To be replaced');
    await answered(first);
    await using second = await openWindow(fixture.browser, first.page.url());
    await answered(second);
    for (const { page } of [first, second]) {
      await page.getByRole('button', { name: 'Edit question' }).click();
      await page.getByRole('textbox', { name: 'Question' }).fill('Replaced');
    }
    await first.page.keyboard.press('Enter');
    await first.page.locator('.message.user .said', { hasText: 'Replaced' }).waitFor();
    await answered(first);
    await second.page.getByRole('textbox', { name: 'Question' }).press('Enter');
    await second.page.getByRole('alert').filter({ hasText: 'changed in another window' }).waitFor();
    expect(await second.page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Replaced');
  });

  it('[WEB-3] the chat of a workspace asks the same before it begins anew', async () => {
    const created = await post(`${fixture.service.url}/api/workspaces`, {
      files: [{ name: 'a.txt', text: 'a\n' }],
    });
    const { workspace } = (await created.json()) as { workspace: { id: string } };
    fixture.service.simulator.setBehaviour({ chunks: inTokens(writing({ 'a.txt': 'b\n' })), delayMs: 0 });
    await edit(fixture.service.url, workspace.id);
    await using window = await openWorkspace(fixture.browser, fixture.service.url, workspace.id);
    await answered(window);
    const response = await fetch(`${fixture.service.url}/api/workspaces/${workspace.id}`);
    const { chatId } = (await response.json()) as { chatId: string };
    await remove(chatId);
    await askIn(window, 'Once more');
    await window.page.getByRole('alert').filter({ hasText: GONE }).waitFor();
    expect(await window.page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Once more');
    expect(chats(chatId)).toEqual([]);
    await window.page.getByRole('button', { name: 'Ask as a new chat' }).click();
    await answered(window);
    expect(await window.page.locator('.message.user .said').allInnerTexts()).toEqual(['Once more']);
    expect(window.incidents).toEqual([]);
  });
});
