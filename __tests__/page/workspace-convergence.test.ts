import fc from 'fast-check';
import { askIn, describeInBrowser, type Window } from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { makeWorkspace } from '../support/editor.ts';
import { inTokens, writing } from '../support/edits.ts';
import { editorText, focusEditor, openWorkspace } from '../support/workspace-window.ts';

const KEYS = [
  ...['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'Control+Home', 'Control+End'],
  ...['Backspace', 'Delete', 'Enter', 'Shift+ArrowLeft', 'Shift+ArrowDown', 'Control+z', 'Control+y'],
  ...['Alt+ArrowUp', 'Control+Shift+k', 'Tab'],
];

/** What a person does at an editor, one thing after the other. */
const actions = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...KEYS).map((key) => ({ key })) },
    { weight: 3, arbitrary: fc.constantFrom('a', 'bc', '😀', 'é ', '(', '  x').map((text) => ({ text })) },
  ),
  { minLength: 15, maxLength: 40 },
);
type Action = { key: string } | { text: string };

const BEFORE = Array.from({ length: 8 }, (_, line) => `line ${line}\n`).join('');
const AFTER = BEFORE.replace('line 1\n', 'line one\n').replace('line 5\n', '').concat('line 8\n');

describeInBrowser('two people and the model in one file', () => {
  const fixture = browserAndService();

  const stored = async (id: string): Promise<string> => {
    const response = await fetch(`${fixture.service.url}/api/workspaces/${id}`);
    const { workspace } = (await response.json()) as {
      workspace: { files: Record<string, { text: string }> };
    };
    return Object.values(workspace.files)[0]?.text ?? '';
  };
  const perform = async ({ page }: Window, all: readonly Action[]) => {
    for (const action of all) {
      if ('key' in action) await page.keyboard.press(action.key);
      else await page.keyboard.insertText(action.text);
    }
  };
  /** Says something at the end of the text, which comes after everything else. */
  const sign = async ({ page }: Window, word: string) => {
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText(word);
  };

  it('[EDIT-2] whatever they do at the same time, over a bad network: all see the same in the end, and it is stored', async () => {
    await fc.assert(
      fc.asyncProperty(actions, actions, async (adas, bobs) => {
        const { id } = await makeWorkspace(fixture.service.url, { 'a.txt': BEFORE });
        fixture.service.simulator.setBehaviour({
          chunks: inTokens(writing({ 'a.txt': AFTER })),
          delayMs: 15,
          firstDelayMs: 0,
        });
        await using network = await startCuttingProxy(() => fixture.service.url);
        await using ada = await openWorkspace(fixture.browser, network.url, id);
        await using bob = await openWorkspace(fixture.browser, fixture.service.url, id);
        await askIn(bob, 'Change it');
        await Promise.all([focusEditor(ada), focusEditor(bob)]);
        const half = Math.floor(adas.length / 2);
        await Promise.all([
          perform(ada, adas.slice(0, half)).then(() => {
            network.cutAll();
            return perform(ada, adas.slice(half));
          }),
          perform(bob, bobs),
        ]);
        await bob.page.locator('.message.assistant.settled').waitFor();
        await sign(ada, '<Ada>');
        await bob.page.locator('.cm-content', { hasText: '<Ada>' }).waitFor();
        await sign(bob, '<Bob>');
        await ada.page.locator('.cm-content', { hasText: '<Bob>' }).waitFor();
        const text = await stored(id);
        expect(text).toContain('<Ada>');
        expect(text).toContain('<Bob>');
        expect(await editorText(ada)).toBe(text);
        expect(await editorText(bob)).toBe(text);
        expect([...ada.incidents, ...bob.incidents]).toEqual([]);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });
});
