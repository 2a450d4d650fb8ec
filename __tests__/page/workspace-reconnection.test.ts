import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { answerContains, answered, askIn, describeInBrowser, type Window } from '../support/browser.ts';
import { type BrowserAndServer, browserAndServer } from '../support/browser-and-server.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { makeWorkspace } from '../support/editor.ts';
import { inTokens, writing } from '../support/edits.ts';
import { editorContains, editorText, focusEditor, openWorkspace } from '../support/workspace-window.ts';

describeInBrowser('a workspace over interruptions', () => {
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

  const stored = async (id: string): Promise<Record<string, string>> => {
    const response = await fetch(`${server.url}/api/workspaces/${id}`);
    const { workspace } = (await response.json()) as {
      workspace: { files: Record<string, { name: string; text: string }> };
    };
    return Object.fromEntries(Object.values(workspace.files).map(({ name, text }) => [name, text]));
  };
  const typeAtEnd = async (window: Window, text: string) => {
    await focusEditor(window);
    await window.page.keyboard.press('Control+End');
    await window.page.keyboard.type(text);
  };
  const live = ({ page }: Window) => page.getByText('Live', { exact: true }).waitFor();

  it('[WEB-3] offline one goes on typing; back, both have every character once', async () => {
    const { id } = await makeWorkspace(server.url, { 'a.txt': 'begin\n' });
    await using network = await startCuttingProxy(() => server.url);
    await using ada = await openWorkspace(browser, network.url, id);
    await using bob = await openWorkspace(browser, server.url, id);
    await typeAtEnd(ada, 'Ada, online\n');
    await editorContains(bob, 'Ada, online');
    await ada.setOffline(true);
    network.cutAll();
    await ada.page.getByText('You are offline. What you type stays here', { exact: false }).waitFor();
    await ada.screenshot('workspace-offline');
    await ada.page.keyboard.type('Ada, away 😀\n');
    await bob.page.locator('.cm-content').click();
    await bob.page.keyboard.press('Control+Home');
    await bob.page.keyboard.type('Bob, meanwhile\n');
    await ada.setOffline(false);
    await editorContains(bob, 'Ada, away 😀');
    await editorContains(ada, 'Bob, meanwhile');
    await ada.page.keyboard.type('Ada, back\n');
    await editorContains(bob, 'Ada, back');
    const text = 'Bob, meanwhile\nbegin\nAda, online\nAda, away 😀\nAda, back\n';
    expect(await editorText(ada)).toBe(text);
    expect(await editorText(bob)).toBe(text);
    expect(await stored(id)).toEqual({ 'a.txt': text });
    await live(ada);
    expect([...ada.incidents, ...bob.incidents]).toEqual([]);
  });

  it('[WEB-3] a network that cuts again and again while one types: every character once', async () => {
    const { id } = await makeWorkspace(server.url, { 'a.txt': '' });
    await using network = await startCuttingProxy(() => server.url);
    await using ada = await openWorkspace(browser, network.url, id);
    await using bob = await openWorkspace(browser, server.url, id);
    await focusEditor(ada);
    let text = '';
    for (let round = 0; round < 5; round += 1) {
      const line = `${round}: ${Array.from({ length: 30 }, (_, index) => index).join(' ')}\n`;
      const typing = ada.page.keyboard.type(line, { delay: 5 });
      await editorContains(bob, `${round}: 0 1 2`);
      network.cutAll();
      await typing;
      text += line;
    }
    await ada.page.keyboard.type('end');
    await editorContains(bob, 'end');
    expect(await editorText(bob)).toBe(`${text}end`);
    expect(await editorText(ada)).toBe(`${text}end`);
    expect([...ada.incidents, ...bob.incidents]).toEqual([]);
  });

  it('[WEB-3] the server is killed in the middle of an edit and of typing: both windows come back and agree', async () => {
    const { id } = await makeWorkspace(server.url, { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': '' });
    simulator.setBehaviour({
      chunks: inTokens(writing({ 'b.txt': 'word\n'.repeat(400) })),
      delayMs: 15,
      firstDelayMs: 0,
    });
    await using ada = await openWorkspace(browser, server.url, id);
    await using bob = await openWorkspace(browser, server.url, id);
    await typeAtEnd(bob, 'before');
    await askIn(ada, 'Write');
    await ada.page.getByText('Writing b.txt', { exact: false }).waitFor();
    await answerContains(bob, 'Here it is.');
    await server.kill();
    await Promise.all([
      ada.page.getByText('Connecting again', { exact: false }).waitFor(),
      bob.page.getByText('The server cannot be reached; trying again', { exact: false }).waitFor(),
    ]);
    await focusEditor(bob);
    await bob.page.keyboard.type(', while it was gone');
    await server.start();
    await Promise.all([answered(ada), answered(bob)]);
    await editorContains(ada, 'before, while it was gone');
    await ada.page.getByText('The edit was cut off.', { exact: false }).waitFor();
    const files = await stored(id);
    expect(files['a.txt']).toBe('one\ntwo\nthree\nbefore, while it was gone');
    expect(await editorText(ada)).toBe(files['a.txt']);
    expect(await editorText(bob)).toBe(files['a.txt']);
    await Promise.all([live(ada), live(bob)]);
    expect([...ada.incidents, ...bob.incidents]).toEqual([]);
  });

  it.each([
    ['has typed nothing', '', 'the files were loaded afresh.'],
    ['has typed meanwhile', 'lost', 'What was typed here meanwhile could not be put in.'],
  ])(
    '[MIRROR-7] who was away for too long and %s loads the workspace afresh, and is told',
    async (_what, typed, said) => {
      const { id } = await makeWorkspace(server.url, { 'a.txt': 'begin\n' });
      await using network = await startCuttingProxy(() => server.url);
      await using ada = await openWorkspace(browser, network.url, id);
      await using bob = await openWorkspace(browser, server.url, id);
      await ada.setOffline(true);
      network.cutAll();
      await ada.page.getByText('You are offline.', { exact: false }).waitFor();
      await focusEditor(ada);
      if (typed) await ada.page.keyboard.type(typed);
      for (const line of ['one\n', 'two\n', 'three\n']) {
        await typeAtEnd(bob, line);
        await editorContains(bob, line.trim());
      }
      for (let text = ''; text !== 'begin\none\ntwo\nthree\n'; text = (await stored(id))['a.txt'] ?? '') {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // A day passes.
      const database = new SQLite(join(folder, 'chat.db'));
      database.prepare('DELETE FROM SharedOp WHERE documentId = ?').run(id);
      database.close();
      await ada.setOffline(false);
      await ada.page.getByText(said, { exact: false }).waitFor();
      await editorContains(ada, 'three');
      expect(await editorText(ada)).toBe('begin\none\ntwo\nthree\n');
      await typeAtEnd(ada, 'and on');
      await editorContains(bob, 'and on');
      expect([...ada.incidents, ...bob.incidents]).toEqual([]);
    },
  );
});
