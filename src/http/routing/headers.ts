/**
 * Headers of every response that does not set them itself: chats stay out of caches, and pages of other origins cannot
 * embed them (listed origins use CORS, which these headers do not affect).
 */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};
