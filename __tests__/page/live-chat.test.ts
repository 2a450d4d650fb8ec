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
import { browserAndService } from '../support/browser-and-service.ts';
import { people } from '../support/who-is-here.ts';

describeInBrowser('the live view', () => {
  const fixture = browserAndService();

  const viewOf = ({ page }: Window) =>
    `${fixture.service.url}/view/${new URL(page.url()).searchParams.get('chat') ?? ''}`;
  const namesIn = ({ page }: Window) =>
    page.getByRole('region', { name: 'Who is here' }).getByRole('listitem').allTextContents();
  const present = ({ page }: Window, name: string) => people(page, name).waitFor();

  it('[WEB-1] one window sends, another sees it live, and both end with the same text', async () => {
    fixture.service.simulator.setBehaviour({ tokens: 'endless', delayMs: 15 });
    await using chat = await openWindow(fixture.browser, fixture.service.url);
    await askIn(chat, 'Count for two');
    await answerContains(chat, ' 5 ');
    await using view = await openWindow(fixture.browser, viewOf(chat));
    await answerContains(view, ' 20 ');
    // It is seen while it is written, not afterwards.
    expect(await chat.page.getByRole('button', { name: 'Stop' }).isVisible()).toBe(true);
    expect(await view.page.locator('.message.live').count()).toBe(1);
    await stop(chat);
    await answered(view);
    const text = await answerIn(view);
    expect(text).toBe(await answerIn(chat));
    expect(text).toBe(Array.from(text.split(' '), (_, index) => index).join(' '));
    expect(await view.page.getByRole('heading', { level: 1 }).textContent()).toBe('Count for two');
    expect([...chat.incidents, ...view.incidents]).toEqual([]);
  });

  it('[WEB-1] viewers see the next question, a new title, and the deletion of the chat', async () => {
    fixture.service.simulator.setBehaviour({ text: 'The first.', delayMs: 0 });
    await using chat = await openWindow(fixture.browser, fixture.service.url);
    await askIn(chat, 'One');
    await answered(chat);
    await using view = await openWindow(fixture.browser, viewOf(chat));
    await answerContains(view, 'The first.');
    fixture.service.simulator.setBehaviour({ text: 'The second.', delayMs: 0 });
    await askIn(chat, 'Two');
    await answerContains(view, 'The second.');
    const chatId = new URL(chat.page.url()).searchParams.get('chat');
    await fetch(`${fixture.service.url}/api/chat/${chatId}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Renamed' }),
    });
    await view.page.getByRole('heading', { level: 1, name: 'Renamed' }).waitFor();
    await fetch(`${fixture.service.url}/api/chat/${chatId}`, { method: 'DELETE' });
    await view.page.getByRole('heading', { name: 'There is no chat here' }).waitFor();
    expect(view.incidents).toEqual([]);
  });

  it('[MIRROR-4] shows the viewers, by the names that they type, which are kept for the next visit', async () => {
    await using chat = await openWindow(fixture.browser, fixture.service.url);
    await askIn(chat, 'Who is here?');
    await answered(chat);
    await using ada = await openWindow(fixture.browser, viewOf(chat));
    await using eve = await openWindow(fixture.browser, viewOf(chat));
    await present(ada, 'Guest');
    await ada.page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
    await ada.page.keyboard.press('Enter');
    await present(eve, 'Ada');
    await eve.page.getByRole('textbox', { name: 'Your name' }).fill('<img src=x onerror=alert(1)>');
    await eve.page.keyboard.press('Tab');
    await present(ada, '<img src=x onerror=alert(1)>');
    await ada.page.reload();
    await present(ada, 'Ada (you)');
    await present(ada, '<img src=x onerror=alert(1)>');
    await eve.page.goto('about:blank');
    await ada.page
      .getByRole('region', { name: 'Who is here' })
      .getByText('<img')
      .waitFor({ state: 'detached' });
    expect(await namesIn(ada)).toEqual(['Ada (you)']);
    expect(ada.incidents).toEqual([]);
  });

  it('[WEB-1] copies a link to the live view', async () => {
    await using chat = await openWindow(fixture.browser, fixture.service.url, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await askIn(chat, 'Share me');
    await answered(chat);
    await chat.page.getByRole('button', { name: 'Copy link' }).click();
    await chat.page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await chat.page.evaluate(() => navigator.clipboard.readText())).toBe(viewOf(chat));
  });

  it('[WEB-3] a chat that does not exist yet appears when it begins', async () => {
    fixture.service.simulator.setBehaviour({ text: 'Here it is.', delayMs: 0 });
    await using view = await openWindow(fixture.browser, `${fixture.service.url}/view/not-yet`);
    await view.page.getByRole('heading', { name: 'There is no chat here' }).waitFor();
    await fetch(`${fixture.service.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ chatId: 'not-yet', messages: [{ role: 'user', content: 'Begin' }] }),
    });
    await answerContains(view, 'Here it is.');
    expect(view.incidents).toEqual([]);
  });

  it('[MIRROR-7] a viewer that was away while history was removed loads the chat afresh', async () => {
    fixture.service.simulator.setBehaviour({ text: 'The first.', delayMs: 0 });
    await using chat = await openWindow(fixture.browser, fixture.service.url);
    await askIn(chat, 'One');
    await answered(chat);
    // Somebody who watches: what is taken back was in the ops by then.
    await using witness = await openWindow(fixture.browser, viewOf(chat));
    await using view = await openWindow(fixture.browser, viewOf(chat));
    const told: string[] = [];
    view.page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => told.push(String(payload))),
    );
    await answerContains(view, 'The first.');
    await view.setOffline(true);
    await view.page.getByText('You are offline.', { exact: false }).waitFor();
    fixture.service.simulator.setBehaviour({
      text: `Keep this. Forget that. ${'And so on. '.repeat(20)}`,
      delayMs: 60,
      fault: { kind: 'late_violation', from: 11, to: 23 },
    });
    await askIn(chat, 'Two');
    await answerContains(witness, 'Forget');
    await answered(chat);
    await view.setOffline(false);
    await answerContains(view, `Keep this. ${'█'.repeat(12)}`);
    expect(told.join('\n')).toContain('document_too_old');
    expect(told.join('\n')).not.toContain('Forget');
    expect(view.incidents).toEqual([]);
  });

  it('[AUTH-7] shows a chat with the link of a share, and says when the link is not valid any more', async () => {
    fixture.service.simulator.setBehaviour({ text: 'The answer.', delayMs: 0 });
    await using chat = await openWindow(fixture.browser, fixture.service.url);
    await askIn(chat, 'One');
    await answered(chat);
    const made = await fetch(viewOf(chat).replace('/view/', '/api/chat/').concat('/shares'), {
      method: 'POST',
    });
    const { url, id } = (await made.json()) as { url: string; id: string };
    await using guest = await openWindow(fixture.browser, url);
    await answerContains(guest, 'The answer.');
    expect(await guest.page.getByRole('link', { name: 'Open the chat' }).count()).toBe(0);
    await fetch(viewOf(chat).replace('/view/', '/api/chat/').concat(`/shares/${id}`), { method: 'DELETE' });
    await guest.page.reload();
    await guest.page.getByRole('heading', { name: 'This link is not valid any more' }).waitFor();
  });
});
