import { imageSizeFromFile } from 'image-size/fromFile';
import { UnsupportedMediaError } from '../errors.ts';
import { jpegPixels } from './jpeg-pixels.ts';
import { pagesOf } from './pdf-pages.ts';

/** Of one side. Larger pictures are a way to exhaust the memory of whoever decodes them. */
const MOST_PIXELS_A_SIDE = 16_384;
/** More than any provider takes. */
const MOST_PAGES = 1_000;

export interface Measures {
  readonly width: number | null;
  readonly height: number | null;
  readonly pages: number | null;
}

const NONE: Measures = { width: null, height: null, pages: null };

/** Measures a picture or PDF without decoding it. Throws UnsupportedMediaError when it is too large, or broken. */
export async function measure(path: string, mediaType: string): Promise<Measures> {
  if (mediaType.startsWith('image/')) return { ...NONE, ...(await pixelsOf(path, mediaType)) };
  if (mediaType !== 'application/pdf') return NONE;
  const pages = await pagesOf(path);
  if (pages !== null && pages > MOST_PAGES)
    throw new UnsupportedMediaError(`has ${pages} pages; ${MOST_PAGES} are possible`);
  return { ...NONE, pages };
}

async function pixelsOf(path: string, mediaType: string): Promise<{ width: number; height: number }> {
  // The library looks for the frame of a JPEG byte by byte, and in the beginning of the file only.
  const size = mediaType === 'image/jpeg' ? jpegPixels(path) : imageSizeFromFile(path).catch(() => null);
  const { width, height } = (await size) ?? { width: 0, height: 0 };
  if (width === 0 || height === 0) throw new UnsupportedMediaError('is a picture that cannot be read');
  if (Math.max(width, height) > MOST_PIXELS_A_SIDE) {
    throw new UnsupportedMediaError(
      `has ${width} × ${height} pixels; ${MOST_PIXELS_A_SIDE} a side are possible`,
    );
  }
  return { width, height };
}
