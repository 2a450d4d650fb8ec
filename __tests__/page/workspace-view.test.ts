import { describeInBrowser, openWindow, type Window } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { makeWorkspace } from '../support/editor.ts';
import {
  cursorIn,
  editorContains,
  editorText,
  filesIn,
  focusEditor,
  openFile,
  openWorkspace,
} from '../support/workspace-window.ts';

describeInBrowser('a workspace', () => {
  const fixture = browserAndService({ config: { workspaces: { maxFiles: 100, fileChars: 200_000 } } });

  const stored = async (id: string): Promise<Record<string, string>> => {
    const response = await fetch(`${fixture.service.url}/api/workspaces/${id}`);
    const { workspace } = (await response.json()) as {
      workspace: { files: Record<string, { name: string; text: string }> };
    };
    return Object.fromEntries(Object.values(workspace.files).map(({ name, text }) => [name, text]));
  };
  /** Resolves when the server has that text of a file. */
  const storedIs = async (id: string, name: string, text: string) => {
    const until = Date.now() + 60_000;
    for (let found = await stored(id); found[name] !== text; found = await stored(id)) {
      if (Date.now() > until) expect(found[name]).toBe(text);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const dialogIn = ({ page }: Window, name: string) => page.getByRole('dialog', { name });
  const newFile = async (window: Window, name: string) => {
    await window.page.getByRole('button', { name: 'New file' }).click();
    const dialog = dialogIn(window, 'New file');
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
    await dialog.getByRole('button', { name: 'Create' }).click();
    return dialog;
  };

  it('[EDIT-1] is made from the chat page, found again, renamed and deleted', async () => {
    await using window = await openWindow(fixture.browser, fixture.service.url);
    const { page } = window;
    await page.getByRole('link', { name: 'Workspaces' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('A <b>page</b>');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { level: 1, name: 'A <b>page</b>' }).waitFor();
    await editorContains(window, '<!doctype html>');
    expect(await filesIn(window)).toEqual(['index.html', 'main.js', 'style.css']);
    const address = page.url();

    await page.getByRole('button', { name: 'Options of this workspace' }).click();
    await dialogIn(window, 'Workspace options').getByRole('textbox', { name: 'Name' }).fill('Ours');
    await dialogIn(window, 'Workspace options').getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('heading', { level: 1, name: 'Ours' }).waitFor();
    await using other = await openWindow(fixture.browser, address);
    await other.page.getByRole('heading', { level: 1, name: 'Ours' }).waitFor();

    await page.getByRole('link', { name: 'Workspaces' }).click();
    await page.getByRole('link', { name: /Ours|A <b>page/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Ours' }).waitFor();
    await page.getByRole('button', { name: 'Options of this workspace' }).click();
    await dialogIn(window, 'Workspace options').getByRole('button', { name: 'Delete…' }).click();
    await dialogIn(window, 'Delete this workspace?').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Workspaces' }).waitFor();
    await other.page.getByRole('heading', { name: 'There is no workspace here' }).waitFor();
    expect([...window.incidents, ...other.incidents]).toEqual([]);
  });

  it('[EDIT-1] two people in one file see each other; each keeps cursor, text and what there is to undo', async () => {
    const { id, ids } = await makeWorkspace(fixture.service.url, { 'a.txt': 'first\nsecond 😀\nthird\n' });
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    await using bob = await openWorkspace(fixture.browser, fixture.service.url, id);
    await bob.page.getByRole('textbox', { name: 'Your name' }).fill('Bob');
    await bob.page.keyboard.press('Enter');

    await ada.page.locator('.cm-line').nth(2).click();
    await ada.page.keyboard.press('End');
    await ada.page.keyboard.type(' by Ada');
    await editorContains(bob, 'third by Ada');
    const before = await cursorIn(ada);

    await bob.page.locator('.cm-line').first().click();
    await bob.page.keyboard.press('Home');
    await bob.page.keyboard.type('Bob 👩‍👩‍👧 was here\n');
    await editorContains(ada, 'Bob 👩‍👩‍👧 was here');
    expect(await cursorIn(ada)).toBe(before + 'Bob 👩‍👩‍👧 was here\n'.length);
    await ada.page.locator('.peer-name', { hasText: 'Bob' }).waitFor();
    await ada.page.getByRole('region', { name: 'Who is here' }).getByText('Bob in a.txt').waitFor();
    await ada.screenshot('workspace-two-people');

    await ada.page.keyboard.type('!');
    await editorContains(bob, 'by Ada!');
    await ada.page.keyboard.press('Control+z');
    await ada.page.keyboard.press('Control+z');
    const text = 'Bob 👩‍👩‍👧 was here\nfirst\nsecond 😀\nthird\n';
    await storedIs(id, 'a.txt', text);
    expect(await editorText(ada)).toBe(text);
    expect(await editorText(bob)).toBe(text);
    await ada.page.keyboard.press('Control+y');
    await editorContains(bob, 'third by Ada');
    // Every change was no more than it says: nothing was typed anew.
    const ops = fixture.service
      .query<{ op: string }>('SELECT op FROM SharedOp WHERE documentId = ? ORDER BY version', id)
      .map(({ op }) => JSON.parse(op) as { op?: Array<{ p: unknown[]; si?: string; sd?: string }> })
      .flatMap(({ op }) => op ?? []);
    expect(ops.every(({ p }) => p[1] === ids['a.txt'] && p[2] === 'text')).toBe(true);
    const moved = ops.reduce((sum, { si = '', sd = '' }) => sum + si.length + sd.length, 0);
    expect(moved).toBeLessThan(120);
    expect([...ada.incidents, ...bob.incidents]).toEqual([]);
  });

  it('[EDIT-1] files keep their own cursor and history; typing in one that is not shown moves them', async () => {
    const { id } = await makeWorkspace(fixture.service.url, { 'a.md': '# A\n', 'b.py': 'b = 1\n' });
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    await using bob = await openWorkspace(fixture.browser, fixture.service.url, id);
    await openFile(ada, 'a.md');
    await ada.page.locator('.cm-content').click();
    await ada.page.keyboard.press('Control+End');
    await ada.page.keyboard.type('mine');
    await openFile(ada, 'b.py');
    await editorContains(ada, 'b = 1');
    await openFile(bob, 'a.md');
    await editorContains(bob, 'mine');
    await bob.page.locator('.cm-content').click();
    await bob.page.keyboard.press('Control+Home');
    await bob.page.keyboard.type('theirs\n');
    await storedIs(id, 'a.md', 'theirs\n# A\nmine');
    await openFile(ada, 'a.md');
    await focusEditor(ada);
    await ada.page.keyboard.type('!');
    await storedIs(id, 'a.md', 'theirs\n# A\nmine!');
    await ada.page.keyboard.press('Control+z');
    await ada.page.keyboard.press('Control+z');
    await storedIs(id, 'a.md', 'theirs\n# A\n');
    await ada.page.reload();
    await editorContains(ada, 'theirs');
    expect([...ada.incidents, ...bob.incidents]).toEqual([]);
  });

  it('[EDIT-6] files are made, renamed and removed for everybody; what the server refuses says why', async () => {
    const { id } = await makeWorkspace(fixture.service.url, { 'a.js': 'let a;\n', 'b.js': 'let b;\n' });
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    await using bob = await openWorkspace(fixture.browser, fixture.service.url, id);
    for (const [name, reason] of [
      ['../up', 'must not lead out of its folder'],
      ['A.JS', 'There is a file of that name: a.js'],
      ['__proto__', 'must not be named __proto__'],
      ['a\u202egnp.js', 'characters that are not seen'],
    ] as const) {
      const dialog = await newFile(ada, name);
      await dialog.getByRole('alert').filter({ hasText: reason }).waitFor();
      await ada.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    }
    expect(await filesIn(ada)).toEqual(['a.js', 'b.js']);
    expect(await stored(id)).toEqual({ 'a.js': 'let a;\n', 'b.js': 'let b;\n' });

    const dialog = await newFile(ada, 'src/new.css');
    await dialog.waitFor({ state: 'detached' });
    await ada.page.locator('.cm-content[aria-label^="Text of src/new.css."]').waitFor();
    await focusEditor(ada);
    await ada.page.keyboard.type('p {{} color: red;');
    await openFile(bob, 'src/new.css');
    await editorContains(bob, 'color: red;');

    await ada.page.getByRole('button', { name: 'Options of the file src/new.css' }).click();
    const options = dialogIn(ada, 'File options');
    await options.getByRole('textbox', { name: 'Name' }).fill('b.js');
    await options.getByRole('button', { name: 'Rename' }).click();
    await options.getByRole('alert').filter({ hasText: 'There is a file of that name: b.js' }).waitFor();
    await options.getByRole('textbox', { name: 'Name' }).fill('look.css');
    await options.getByRole('button', { name: 'Rename' }).click();
    await bob.page.locator('.cm-content[aria-label^="Text of look.css."]').waitFor();
    expect(await filesIn(bob)).toEqual(['a.js', 'b.js', 'look.css']);

    await ada.page.getByRole('button', { name: 'Options of the file look.css' }).click();
    await options.getByRole('button', { name: 'Delete…' }).click();
    await dialogIn(ada, 'Delete look.css?').getByRole('button', { name: 'Delete' }).click();
    await bob.page.locator('.cm-content[aria-label^="Text of a.js."]').waitFor();
    expect(await filesIn(bob)).toEqual(['a.js', 'b.js']);
    expect([...ada.incidents, ...bob.incidents]).toEqual([]);
  });

  it('[EDIT-1] takes what is long in parts; what is too long is gone again, and says why', async () => {
    const { id } = await makeWorkspace(fixture.service.url, { 'a.txt': 'Begin\n' });
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const paste = async (text: string) => {
      await ada.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
      await focusEditor(ada);
      await ada.page.keyboard.press('Control+End');
      await ada.page.keyboard.press('Control+v');
    };
    // An emoji at every place where a part could end, and line ends of another system.
    const long = '😀'.repeat(60_000);
    await paste(`x\r\n${long}\0`);
    await storedIs(id, 'a.txt', `Begin\nx\n${long}`);
    await paste('y'.repeat(90_000));
    await ada.page.getByRole('alert').filter({ hasText: 'A file may have 200000 characters.' }).waitFor();
    const { 'a.txt': text = '' } = await stored(id);
    expect(text.length).toBeLessThanOrEqual(200_000);
    expect(text.startsWith(`Begin\nx\n${long}`)).toBe(true);
    // What the editor shows is what there is: one can go on from it.
    await ada.page.keyboard.press('Control+End');
    await ada.page.keyboard.type('z');
    await storedIs(id, 'a.txt', `${text}z`);
    expect(ada.incidents).toEqual([]);
  });

  it('[WEB-1] an address leads to a file; one that leads nowhere shows the first', async () => {
    const { id, ids } = await makeWorkspace(fixture.service.url, { 'a.txt': 'first\n', 'b.txt': 'second\n' });
    await using window = await openWindow(
      fixture.browser,
      `${fixture.service.url}/workspace/${id}#${ids['b.txt']}`,
    );
    await editorContains(window, 'second');
    await openFile(window, 'a.txt');
    await window.page.reload();
    await editorContains(window, 'first');
    for (const nowhere of ['gone', '%', '__proto__']) {
      await using other = await openWindow(
        fixture.browser,
        `${fixture.service.url}/workspace/${id}#${nowhere}`,
      );
      await editorContains(other, 'first');
      expect(other.incidents).toEqual([]);
    }
    await using none = await openWindow(fixture.browser, `${fixture.service.url}/workspace/there-is-none`);
    await none.page.getByRole('heading', { name: 'There is no workspace here' }).waitFor();
    expect([...window.incidents, ...none.incidents]).toEqual([]);
  });

  it('[WEB-2] names and texts of files are text: nothing runs, nothing loads', async () => {
    const hostile = '<img src=x onerror=alert(1)><script>alert(2)</script>\n';
    const { id } = await makeWorkspace(
      fixture.service.url,
      { "img src=x onerror='alert(1)'.html": hostile, 'a&lt;b&gt;.svg': '<svg onload=alert(3)>' },
      '"><img src=x onerror=alert(4)>',
    );
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    await using bob = await openWorkspace(fixture.browser, fixture.service.url, id);
    await bob.page.getByRole('textbox', { name: 'Your name' }).fill('<img src=x onerror=alert(5)>');
    await bob.page.keyboard.press('Enter');
    await openFile(ada, 'a&lt;b&gt;.svg');
    await openFile(bob, 'a&lt;b&gt;.svg');
    await bob.page.locator('.cm-content').click();
    await bob.page.keyboard.press('End');
    await ada.page.locator('.peer-name', { hasText: '<img' }).waitFor();
    await ada.page.getByRole('heading', { level: 1, name: '"><img src=x onerror=alert(4)>' }).waitFor();
    expect(await ada.page.locator('img[src], script:not([src]), #page svg').count()).toBe(0);
    expect([...ada.incidents, ...bob.incidents]).toEqual([]);
  });

  it('[WEB-1] the chat page loads no editor; a workspace loads the languages that it has', async () => {
    const { id } = await makeWorkspace(fixture.service.url, { 'a.py': 'x = 1\n' });
    await using window = await openWindow(fixture.browser, 'about:blank');
    const loaded: string[] = [];
    window.page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
    await window.page.goto(fixture.service.url);
    await window.page.getByRole('textbox', { name: 'Message' }).waitFor();
    expect(loaded.filter((path) => /editor|view|workspace/.test(path))).toEqual([]);
    await window.page.goto(`${fixture.service.url}/workspace/${id}`);
    await window.page.locator('.cm-line span').first().waitFor();
    expect(loaded.some((path) => path.includes('code-editor'))).toBe(true);
  });
});
