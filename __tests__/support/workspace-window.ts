import type { Browser, BrowserContextOptions } from 'playwright-core';
import { openWindow, type Window } from './browser.ts';

/** A window on a workspace, with its editor there. */
export async function openWorkspace(
  browser: Browser,
  url: string,
  workspaceId: string,
  options: BrowserContextOptions = {},
): Promise<Window> {
  const window = await openWindow(browser, `${url}/workspace/${workspaceId}`, options);
  await window.page.locator('.cm-content').waitFor();
  return window;
}

/** The text in the editor, without what is drawn in it of others. */
export async function editorText({ page }: Window): Promise<string> {
  const lines = await page.locator('.cm-line').evaluateAll((elements) =>
    elements.map((line) => {
      const copy = line.cloneNode(true);
      if (copy instanceof Element)
        for (const cursor of copy.querySelectorAll('.peer-cursor')) cursor.remove();
      return copy.textContent ?? '';
    }),
  );
  return lines.join('\n');
}

/** Waits until the editor contains a text. */
export async function editorContains({ page }: Window, text: string): Promise<void> {
  await page.locator('.cm-content', { hasText: text }).waitFor();
}

/** Shows a file. */
export async function openFile({ page }: Window, name: string): Promise<void> {
  const files = page.getByRole('navigation', { name: 'Files' }).locator('.file');
  await files.filter({ has: page.getByText(name, { exact: true }) }).click();
  await page.locator(`.cm-content[aria-label^=${JSON.stringify(`Text of ${name}.`)}]`).waitFor();
}

/** Goes to the editor, as with the keyboard: its cursor is where it was. */
export async function focusEditor({ page }: Window): Promise<void> {
  await page.locator('.cm-content').focus();
  await page.locator('.cm-editor.cm-focused').waitFor();
}

/** Where the person's cursor is: how much text stands before it. */
export function cursorIn({ page }: Window): Promise<number> {
  return page.locator('.cm-content').evaluate((content) => {
    // In a shadow root it is the root that knows; Chromium's own way of asking it.
    const root = content.getRootNode();
    const getSelection: unknown = Reflect.get(root, 'getSelection');
    const selection: unknown = typeof getSelection === 'function' ? getSelection.call(root) : null;
    if (!(selection instanceof Selection) || !selection.anchorNode) throw new Error('there is no cursor');
    const before = document.createRange();
    before.setStart(content, 0);
    before.setEnd(selection.anchorNode, selection.anchorOffset);
    const lines = before.cloneContents().querySelectorAll('.cm-line');
    const texts = Array.from(lines, (line) => {
      for (const cursor of line.querySelectorAll('.peer-cursor')) cursor.remove();
      return line.textContent ?? '';
    });
    return texts.join('\n').length;
  });
}

export const filesIn = ({ page }: Window) =>
  page.getByRole('navigation', { name: 'Files' }).locator('.file .name').allTextContents();
