import type { CustomFetch } from 'openid-client';
import { boundedText } from '../bounded-text.ts';
import { reasonOf } from '../reason-of.ts';

/** A key set with certificates is the longest reply that there is. */
const MAX_BYTES = 256 * 1024;

/**
 * `fetch` that reads a reply as a whole, and no long one. Throws a TypeError with the reason for whatever fails on the
 * way, as `fetch` does, so that it is told from a reply that cannot be accepted.
 */
export const boundedFetch: CustomFetch = async (url, options) => {
  try {
    const response = await fetch(url, options as RequestInit);
    const text = response.body ? await boundedText(response.body, MAX_BYTES) : null;
    const { status, headers } = response;
    return new Response(text === '' ? null : text, { status, headers });
  } catch (error) {
    throw new TypeError(reasonOf(error));
  }
};
