import { answerContains, answered, askIn, describeInBrowser, type Window } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { makeWorkspace } from '../support/editor.ts';
import { inTokens, writing } from '../support/edits.ts';
import { startService } from '../support/service.ts';
import {
  cursorIn,
  editorContains,
  editorText,
  filesIn,
  focusEditor,
  openFile,
  openWorkspace,
} from '../support/workspace-window.ts';

const BEFORE = Array.from({ length: 28 }, (_, line) => `line ${line}\n`).join('');
const AFTER = BEFORE.replace('line 3\n', 'line three\nline three and a half\n').replace('line 8\n', '');

describeInBrowser('an edit by the model', () => {
  const fixture = browserAndService();

  const say = (text: string, delayMs: number, more = {}) =>
    fixture.service.simulator.setBehaviour({ chunks: inTokens(text), delayMs, firstDelayMs: 0, ...more });
  const stored = async (id: string): Promise<Record<string, string>> => {
    const response = await fetch(`${fixture.service.url}/api/workspaces/${id}`);
    const { workspace } = (await response.json()) as {
      workspace: { files: Record<string, { name: string; text: string }> };
    };
    return Object.fromEntries(Object.values(workspace.files).map(({ name, text }) => [name, text]));
  };
  const chips = ({ page }: Window) => page.locator('.file-chip');
  const undo = ({ page }: Window) => page.getByRole('button', { name: 'Undo this edit' });

  it('[EDIT-2] two windows see it live; typing in the same file keeps cursor and text; one undo reverts it', async () => {
    const { id } = await makeWorkspace(fixture.service.url, { 'a.txt': BEFORE, 'b.txt': 'untouched\n' });
    say(
      writing({ 'a.txt': AFTER, 'c.md': '# New\n' }, { before: 'I change *it*.', after: 'That is all.' }),
      60,
    );
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    await using bob = await openWorkspace(fixture.browser, fixture.service.url, id);
    await openFile(ada, 'a.txt');
    await ada.page.locator('.cm-line').nth(10).click();
    await ada.page.keyboard.press('End');

    await askIn(bob, 'Change it');
    await answerContains(bob, 'I change it.');
    await bob.page.getByText('Writing a.txt', { exact: false }).waitFor();
    await editorContains(ada, 'line three and');
    // It is seen while it is written, and by whom: in the other window as well.
    await ada.page.getByText('Writing a.txt', { exact: false }).waitFor();
    await answerContains(ada, 'I change it.');
    expect(await ada.page.locator('.files .writing').count()).toBe(1);
    expect(await bob.page.getByRole('button', { name: 'Stop' }).isVisible()).toBe(true);
    await ada.page.keyboard.type(' typed by Ada');
    await ada.screenshot('workspace-live-edit');
    await editorContains(bob, 'line 10 typed by Ada');

    await Promise.all([answered(ada), answered(bob)]);
    const text = AFTER.replace('line 10\n', 'line 10 typed by Ada\n');
    expect(await stored(id)).toEqual({ 'a.txt': text, 'b.txt': 'untouched\n', 'c.md': '# New\n' });
    for (const window of [ada, bob]) {
      await openFile(window, 'a.txt');
      expect(await editorText(window)).toBe(text);
      expect(await filesIn(window)).toEqual(['a.txt', 'b.txt', 'c.md']);
      expect((await chips(window).allInnerTexts()).map((chip) => chip.replace(/\s+/g, ' '))).toEqual([
        expect.stringMatching(/~ ?a\.txt.*\+\d.*−\d/),
        expect.stringMatching(/\+ ?c\.md.*\+1.*−0/),
      ]);
    }
    expect(await cursorIn(ada)).toBe(text.indexOf(' typed by Ada') + ' typed by Ada'.length);
    await ada.screenshot('workspace-edited');
    // Her own undoing takes back what she typed, not what the model did.
    await focusEditor(ada);
    await ada.page.keyboard.press('Control+z');
    await bob.page.locator('.cm-content', { hasText: 'typed by Ada' }).waitFor({ state: 'detached' });
    await ada.page.keyboard.press('Control+y');
    await editorContains(bob, 'typed by Ada');

    await undo(bob).click();
    await bob.page.getByText('Taken back: a.txt and c.md.').waitFor();
    const undone = BEFORE.replace('line 10\n', 'line 10 typed by Ada\n');
    expect(await stored(id)).toEqual({ 'a.txt': undone, 'b.txt': 'untouched\n' });
    for (const window of [ada, bob]) {
      await window.page.locator('.edited').getByText('Taken back.').waitFor();
      expect(await editorText(window)).toBe(undone);
      expect(await undo(window).count()).toBe(0);
    }
    expect([...ada.incidents, ...bob.incidents]).toEqual([]);
  });

  it('[EDIT-4] stopped: what was written until then stays, and it says so; a window that opens later can undo it', async () => {
    const { id } = await makeWorkspace(fixture.service.url, { 'a.txt': BEFORE });
    say(writing({ 'a.txt': BEFORE.replaceAll('line', 'row') }), 60);
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    await askIn(ada, 'Rows, please');
    await editorContains(ada, 'row 2');
    await ada.page.getByRole('button', { name: 'Stop' }).click();
    await ada.page
      .getByText('What it has changed so far stays; undo takes it back.', { exact: false })
      .waitFor();
    await ada.page.getByText('Stopped before its end.').waitFor();
    const text = (await stored(id))['a.txt'] ?? '';
    expect(text).toContain('row 2');
    expect(text).toContain('line 27');
    expect(await editorText(ada)).toBe(text);

    await using late = await openWorkspace(fixture.browser, fixture.service.url, id);
    await late.page.getByText('The edit was cut off. What it had changed stays.').waitFor();
    await undo(late).click();
    await late.page.getByText('Taken back: a.txt.').waitFor();
    expect(await stored(id)).toEqual({ 'a.txt': BEFORE });
    expect([...ada.incidents, ...late.incidents]).toEqual([]);
  });

  it('[EDIT-4] a provider that dies in the middle of a file: the reason, and what became of the files', async () => {
    const { id } = await makeWorkspace(fixture.service.url, { 'a.txt': BEFORE });
    say(writing({ 'a.txt': BEFORE.replaceAll('line', 'row') }), 20, { fault: { kind: 'close', at: 12 } });
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    await askIn(ada, 'Rows, please');
    await ada.page.getByText('This answer failed.', { exact: false }).waitFor();
    await ada.page
      .getByText('What it has changed so far stays; undo takes it back.', { exact: false })
      .waitFor();
    await ada.screenshot('workspace-failed');
    expect(await editorText(ada)).toBe((await stored(id))['a.txt']);
    expect(ada.incidents).toEqual([]);
  });

  it('[EDIT-4] rolled back by configuration: the files are as they were, and it says so', async () => {
    await using other = await startService({ config: { workspaces: { onFailure: 'rollback' } } });
    const { id } = await makeWorkspace(other.url, { 'a.txt': BEFORE });
    other.simulator.setBehaviour({
      chunks: inTokens(writing({ 'a.txt': BEFORE.replaceAll('line', 'row') })),
      delayMs: 20,
      firstDelayMs: 0,
      fault: { kind: 'close', at: 12 },
    });
    await using ada = await openWorkspace(fixture.browser, other.url, id);
    await askIn(ada, 'Rows, please');
    await ada.page.getByText('What it had changed was taken back.', { exact: false }).waitFor();
    expect(await editorText(ada)).toBe(BEFORE);
    expect(await undo(ada).count()).toBe(0);
    expect(ada.incidents).toEqual([]);
  });

  it('[EDIT-2] a second edit at the same time is refused, and the question is returned', async () => {
    const { id } = await makeWorkspace(fixture.service.url, { 'a.txt': BEFORE });
    say(writing({ 'a.txt': AFTER }), 60);
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    await using bob = await openWorkspace(fixture.browser, fixture.service.url, id);
    await bob.page.getByRole('textbox', { name: 'Message' }).fill('Me too');
    await askIn(ada, 'Change it');
    await bob.page.getByRole('textbox', { name: 'Message' }).press('Enter');
    await answered(ada);
    // Refused, or not even asked, because the answer to the other question was here first.
    expect(await bob.page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Me too');
    expect(
      fixture.service.simulator.requests.filter(({ body }) => JSON.stringify(body).includes('Me too')),
    ).toEqual([]);
    await answered(bob);
    expect(await bob.page.locator('.message').count()).toBe(2);
    expect([...ada.incidents, ...bob.incidents]).toEqual([]);
  });

  it('[WEB-3] a reload in the middle goes on, with all that happened to the files', async () => {
    const { id } = await makeWorkspace(fixture.service.url, { 'a.txt': BEFORE });
    say(writing({ 'new.txt': 'new\n', 'a.txt': AFTER }, { before: 'Before.', after: 'After all.' }), 60);
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    await askIn(ada, 'Change it');
    await ada.page.getByText('Writing a.txt', { exact: false }).waitFor();
    await ada.page.reload();
    await ada.page.getByText('Writing a.txt', { exact: false }).waitFor();
    await answerContains(ada, 'After all.');
    await answered(ada);
    await openFile(ada, 'a.txt');
    expect(await editorText(ada)).toBe(AFTER);
    expect(await chips(ada).locator('.lines').count()).toBe(2);
    // Later nothing is known of lines any more, but the files, and the way back.
    await ada.page.reload();
    await answerContains(ada, 'Before.');
    expect(await chips(ada).locator('.name').allTextContents()).toEqual(['new.txt', 'a.txt']);
    await undo(ada).click();
    await ada.page.getByText('Taken back: ', { exact: false }).waitFor();
    expect(await stored(id)).toEqual({ 'a.txt': BEFORE });
    expect(ada.incidents).toEqual([]);
  });

  it('[WEB-2] [EDIT-6] whatever text and names the model writes: nothing runs, nothing loads', async () => {
    const hostile = '<img src=x onerror=alert(1)>\n<script>alert(2)</script>\n';
    const { id } = await makeWorkspace(fixture.service.url, { 'a.html': 'old\n' });
    say(
      `<img src=x onerror=alert(3)>\n\n${writing({ 'a.html': hostile, '../../etc/passwd': 'x\n', '<b>.html': 'y\n' })}`,
      5,
    );
    await using ada = await openWorkspace(fixture.browser, fixture.service.url, id);
    await askIn(ada, 'Do your worst');
    await answered(ada);
    await editorContains(ada, 'alert(2)');
    expect(await filesIn(ada)).toEqual(['a.html']);
    expect(await ada.page.locator('img[src], script:not([src])').count()).toBe(0);
    await ada.screenshot('workspace-hostile');
    expect(ada.incidents).toEqual([]);
  });
});
