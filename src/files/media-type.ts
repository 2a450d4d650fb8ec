import { fileTypeFromFile } from 'file-type';
import { UnsupportedMediaError } from '../errors.ts';

/** What may be uploaded, by what the library calls it, and how it is stored. */
const DETECTED: Readonly<Record<string, string>> = {
  'image/png': 'image/png',
  'image/apng': 'image/png',
  'image/jpeg': 'image/jpeg',
  'image/webp': 'image/webp',
  'image/gif': 'image/gif',
  'application/pdf': 'application/pdf',
  'audio/wav': 'audio/wav',
  'audio/mpeg': 'audio/mpeg',
};

export const MEDIA_TYPES = [...new Set(Object.values(DETECTED)), 'text/plain'] as const;

/** Text that a browser or a model could take for a document with scripts. */
const MARKUP = /^\s*<(?:!doctype|\?xml|html|head|body|script|iframe|svg)/i;

/**
 * The media type of a file, from its bytes. `text`: its beginning, if all of it is UTF-8 without NUL; else null. Throws
 * UnsupportedMediaError for everything that may not be uploaded.
 */
export async function mediaTypeOf(path: string, text: string | null): Promise<string> {
  // Words can look like the beginning of a film or a program; only a PDF may be text throughout.
  if (text !== null && !text.startsWith('%PDF')) {
    if (MARKUP.test(text)) throw new UnsupportedMediaError('is HTML, XML or SVG');
    return 'text/plain';
  }
  const detected = (await fileTypeFromFile(path))?.mime;
  const known = detected && DETECTED[detected];
  if (known) return known;
  if (detected !== undefined) throw new UnsupportedMediaError(`is ${detected}`);
  throw new UnsupportedMediaError('is of no known type');
}

/**
 * Refuses a file that is something else than the client says. Only what matters is compared: browsers guess from the
 * name, and mistake one kind of picture for another.
 */
export function requireAsSaid(said: string | undefined, mediaType: string): void {
  const kind = kindOf(said);
  if (kind !== null && kind !== kindOf(mediaType)) {
    throw new UnsupportedMediaError(`is said to be ${said?.slice(0, 100)}, but is ${mediaType}`);
  }
}

function kindOf(type: string | undefined): string | null {
  const [, kind] = /^(image|audio|video|application\/pdf)\b/i.exec(type ?? '') ?? [];
  return kind?.toLowerCase() ?? null;
}
