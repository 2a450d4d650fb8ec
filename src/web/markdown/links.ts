const SAFE = new Set(['http:', 'https:', 'mailto:']);

/**
 * The address of a link in an answer, or null when it must not be a link: disguised scripts and data, and relative
 * ones, which would lead into this server.
 */
export function safeAddress(href: string): string | null {
  try {
    // Without a base, so that what is relative fails. The parser drops the tabs and newlines that hide a scheme.
    const url = new URL(href);
    return SAFE.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
