/**
 * The pause that a provider asks for: `retry-after-ms`, else `retry-after` in seconds or as a date (RFC 9110, 10.2.3).
 * In ms. Undefined without a usable value (empty, zero, negative, in the past, not a number): then the backoff decides.
 */
export function retryAfter(headers: Headers | undefined): number | undefined {
  const milliseconds = decimal(headers?.get('retry-after-ms'));
  if (milliseconds > 0) return milliseconds;
  const value = headers?.get('retry-after')?.trim();
  if (!value) return undefined;
  // Only a value that begins with the name of a day is a date; Date.parse accepts much more.
  const wait = /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) - Date.now() : decimal(value) * 1000;
  return wait > 0 ? wait : undefined;
}

function decimal(value: string | null | undefined): number {
  const digits = value?.trim() ?? '';
  return /^\d{1,15}(\.\d{0,15})?$/.test(digits) ? Number(digits) : Number.NaN;
}
