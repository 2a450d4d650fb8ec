/** As `ref`: moves the focus to an element that has replaced the focused one. */
export function takeFocus(element: HTMLElement | null): void {
  element?.focus();
}
