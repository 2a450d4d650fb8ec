import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { answerContains, describeInBrowser, openWindow } from '../support/browser.ts';
import { type BrowserAndServer, browserAndServer } from '../support/browser-and-server.ts';
import { makeWorkspace } from '../support/editor.ts';
import { allEvents, ask } from '../support/events.ts';
import { editorContains, editorText, focusEditor, openWorkspace } from '../support/workspace-window.ts';

describeInBrowser('pages that are open while a backup is put back', () => {
  let fixture: BrowserAndServer;
  let browser: BrowserAndServer['browser'];
  let simulator: BrowserAndServer['simulator'];
  let server: BrowserAndServer['server'];
  let folder: BrowserAndServer['folder'];

  beforeAll(async () => {
    fixture = await browserAndServer();
    ({ browser, simulator, server, folder } = fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const backup = () => join(folder, 'backup');
  const filesOfDatabase = async (where: string) =>
    (await readdir(where)).filter((name) => /^chat\.db(-wal|-shm)?$/.test(name));

  async function keep(): Promise<void> {
    await server.kill();
    for (const name of await filesOfDatabase(folder)) await cp(join(folder, name), join(backup(), name));
    await server.start();
  }

  async function putBack(): Promise<void> {
    await server.kill();
    for (const name of await filesOfDatabase(folder)) await rm(join(folder, name));
    for (const name of await filesOfDatabase(backup())) await cp(join(backup(), name), join(folder, name));
    await server.start();
  }

  it('[WEB-3] a live view and a workspace load afresh what is there now, and go on', async () => {
    simulator.setBehaviour({ text: 'The first answer.', delayMs: 0 });
    await allEvents(ask(server.url, 'One', { chatId: 'restored' }));
    const { id } = await makeWorkspace(server.url, { 'a.txt': 'hello' });
    await keep();

    await using view = await openWindow(browser, `${server.url}/view/restored`);
    await using ada = await openWorkspace(browser, server.url, id);
    await using bob = await openWorkspace(browser, server.url, id);
    simulator.setBehaviour({ text: 'A later answer.', delayMs: 0 });
    await allEvents(ask(server.url, 'Two', { chatId: 'restored' }));
    await allEvents(ask(server.url, 'Three', { chatId: 'restored' }));
    await view.page.locator('.said', { hasText: 'Three' }).waitFor();
    await focusEditor(ada);
    for (const letter of 'fedcba') await ada.page.keyboard.type(letter);
    await editorContains(bob, 'fedcba');

    await putBack();
    await view.page.locator('.said', { hasText: 'Three' }).waitFor({ state: 'detached' });
    await answerContains(view, 'The first answer.');
    for (const window of [ada, bob]) {
      await window.page.getByText('the files were loaded afresh', { exact: false }).waitFor();
      await editorContains(window, 'hello');
      expect(await editorText(window)).toBe('hello');
    }

    simulator.setBehaviour({ text: 'After the backup.', delayMs: 0 });
    await allEvents(ask(server.url, 'Four', { chatId: 'restored' }));
    await answerContains(view, 'After the backup.');
    expect(await view.page.locator('.said').allInnerTexts()).toEqual(['One', 'Four']);
    await focusEditor(bob);
    await bob.page.keyboard.press('Control+Home');
    await bob.page.keyboard.type('X');
    await editorContains(ada, 'Xhello');
    expect(await editorText(ada)).toBe('Xhello');
    expect([...view.incidents, ...ada.incidents, ...bob.incidents]).toEqual([]);
  });
});
