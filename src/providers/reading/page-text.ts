/** How much of a page is read. Characters, or bytes. */
export const PAGE_READ = 8_192;
/** How much of its text is shown. Characters. */
const SHOWN = 300;

/** The beginning of an HTML page's text, without markup, styles and scripts. */
export function pageText(page: string): string {
  return page
    .slice(0, PAGE_READ)
    .replace(/<(script|style)\b[\s\S]*?(<\/\1\s*>|$)/gi, ' ')
    .replace(/<!--[\s\S]*?(-->|$)/g, ' ')
    .replace(/<[^>]*(>|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, SHOWN);
}
