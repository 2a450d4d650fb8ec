import { overflowingIn, violationsIn } from '../support/accessibility.ts';
import { answered, askIn, describeInBrowser, openWindow } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { makeWorkspace } from '../support/editor.ts';
import { inTokens, writing } from '../support/edits.ts';
import { editorContains, focusEditor, openWorkspace } from '../support/workspace-window.ts';

const FILES = {
  'src/a-folder/with-another-one/and-a-rather-long-name-of-a-file.ts':
    '// A comment, long enough to be wider than any phone is, and then some more of it\nexport const answer: number = 42;\n',
  'index.html': '<!doctype html>\n<p class="x">Text</p>\n',
  'notes.md': '# Title\n\nSome *words*.\n',
  'tool.py': "def f(x):\n    return x + 1  # 'text'\n",
};

describeInBrowser('a workspace for everybody', () => {
  const fixture = browserAndService();

  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [360, 'light'],
    [360, 'dark'],
  ] as const)(
    '[WEB-4] %i px, %s: no accessibility violation, nothing wider than the screen',
    async (width, colorScheme) => {
      fixture.service.simulator.setBehaviour({
        chunks: inTokens(
          writing({ 'index.html': '<p>New</p>\n', 'another/long-name-of-a-file-that-is-new.css': 'p {}\n' }),
        ),
        delayMs: 0,
        firstDelayMs: 0,
      });
      const { id } = await makeWorkspace(
        fixture.service.url,
        FILES,
        'A workspace with a name that is not short at all',
      );
      const viewport = { width, height: 800 };
      await using bob = await openWorkspace(fixture.browser, fixture.service.url, id);
      await bob.page.getByRole('textbox', { name: 'Your name' }).fill('Somebody with a long name');
      await bob.page.keyboard.press('Enter');
      await using ada = await openWorkspace(fixture.browser, fixture.service.url, id, {
        viewport,
        colorScheme,
      });
      const { page } = ada;
      const pane = async (name: string) => {
        if (width < 992) await page.getByRole('button', { name, exact: true }).click();
      };
      const check = async (what: string) => {
        await ada.screenshot(`workspace-${what}-${width}-${colorScheme}`);
        expect(await violationsIn(ada)).toEqual([]);
        expect(await overflowingIn(ada)).toEqual([]);
      };
      await pane('Editor');
      await focusEditor(bob);
      await bob.page.keyboard.press('ArrowDown');
      await bob.page.keyboard.type('by Bob ');
      await editorContains(ada, 'by Bob');
      await page.locator('.peer-name').waitFor();
      await check('editor');
      await pane('Chat');
      await askIn(ada, 'Make it new, please, and say what you did');
      await answered(ada);
      await page.getByRole('button', { name: 'Undo this edit' }).waitFor();
      await check('chat');
      await pane('Files');
      await check('files');
      await page.getByRole('button', { name: 'New file' }).click();
      await page.getByRole('dialog').getByRole('textbox').fill('../x');
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
      await page.getByRole('dialog').getByRole('alert').waitFor();
      await check('refused');

      await using list = await openWindow(fixture.browser, `${fixture.service.url}/workspace`, {
        viewport,
        colorScheme,
      });
      await list.page
        .getByRole('link', { name: /not short at all/ })
        .first()
        .waitFor();
      await list.screenshot(`workspaces-${width}-${colorScheme}`);
      expect(await violationsIn(list)).toEqual([]);
      expect(await overflowingIn(list)).toEqual([]);
      expect([...ada.incidents, ...bob.incidents, ...list.incidents]).toEqual([]);
    },
  );

  it('[WEB-4] everything can be done with the keyboard alone, the editor is left with Escape and Tab', async () => {
    fixture.service.simulator.setBehaviour({
      chunks: inTokens(writing({ 'b.txt': 'written\n' })),
      delayMs: 0,
      firstDelayMs: 0,
    });
    const { id } = await makeWorkspace(fixture.service.url, { 'a.txt': 'begin\n' });
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    const { page } = ada;
    const { keyboard } = page;
    const focused = () =>
      page.evaluate(() => {
        const { activeElement } = document;
        const inside = activeElement?.shadowRoot?.activeElement ?? activeElement;
        const label = inside?.getAttribute('aria-label') ?? inside?.textContent ?? '';
        return `${inside?.tagName.toLowerCase()} ${label}`.trim();
      });
    const tabTo = async (wanted: string, key = 'Tab') => {
      for (let presses = 0; presses < 40; presses += 1) {
        const now = await focused();
        if (now.startsWith(wanted)) return;
        // The editor lets Tab leave it for two seconds after Escape.
        if (now.startsWith('div Text of')) await keyboard.press('Escape');
        await keyboard.press(key);
        const outline = await page.evaluate(() => {
          const { activeElement } = document;
          if (!activeElement || activeElement === document.body) return 'solid';
          return getComputedStyle(activeElement).outlineStyle;
        });
        expect(outline).toBe('solid');
      }
      throw new Error(`${wanted} cannot be reached; the focus is on ${await focused()}`);
    };

    await tabTo('button New file');
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'New file' }).waitFor();
    await keyboard.type('b.txt');
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await tabTo('div Text of b.txt.');
    await keyboard.type('by hand\n\tindented');
    await keyboard.press('Tab');
    expect(await focused()).toContain('Text of b.txt.');
    await tabTo('textarea');
    await keyboard.type('Write it');
    await keyboard.press('Enter');
    await answered(ada);
    await editorContains(ada, 'written');
    await tabTo('button Undo this edit', 'Shift+Tab');
    await keyboard.press('Enter');
    await page.getByText('Taken back: b.txt.').waitFor();
    await editorContains(ada, 'by hand');
    await tabTo('button Options of the file b.txt', 'Shift+Tab');
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'File options' }).waitFor();
    await keyboard.press('Escape');
    expect(await focused()).toBe('button Options of the file b.txt');
    expect(ada.incidents).toEqual([]);
  });

  it('[WEB-4] a screen reader reads that an edit begins and ends; nothing moves with reduced motion', async () => {
    fixture.service.simulator.setBehaviour({
      chunks: inTokens(writing({ 'a.txt': 'word\n'.repeat(60) })),
      delayMs: 40,
      firstDelayMs: 0,
    });
    const { id } = await makeWorkspace(fixture.service.url, { 'a.txt': 'begin\n' });
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id, {
      reducedMotion: 'reduce',
    });
    await focusEditor(ada);
    await askIn(ada, 'Write');
    await ada.page.getByText('Writing a.txt', { exact: false }).waitFor();
    await ada.page.locator('.unseen', { hasText: 'Answering…' }).waitFor({ state: 'attached' });
    expect(await ada.page.evaluate(() => document.getAnimations().length)).toBe(0);
    await ada.page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await ada.page.evaluate(() => document.getAnimations().length)).toBeGreaterThan(0);
    await ada.page.locator('.unseen', { hasText: 'Edit complete.' }).waitFor({ state: 'attached' });
    expect(ada.incidents).toEqual([]);
  });
});
