/**
 * Whether a key belongs to an input method that composes a text (Chinese, Japanese, Korean …): Enter takes its
 * suggestion then, and Escape drops it. Safari ends the composition before the key event, which then has only the
 * legacy key code 229.
 */
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/**
 * Keeps Enter and Escape of input methods from other handlers: sending, stopping, closing, submitting a
 * form. For all fields of the page; the code editor handles it itself.
 */
export function keepCompositionsApart(): void {
  const keep = (event: KeyboardEvent) => {
    if ((event.key !== 'Enter' && event.key !== 'Escape') || !isComposing(event)) return;
    const [target] = event.composedPath();
    if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return;
    event.stopImmediatePropagation();
    // Closing dialogs and submitting forms are default actions, without a listener.
    event.preventDefault();
  };
  window.addEventListener('keydown', keep, { capture: true });
}
