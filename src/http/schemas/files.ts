import { z } from 'zod';
import { MEDIA_TYPES } from '../../files/media-type.ts';

export const fileSchema = z.object({
  id: z.string(),
  name: z.string().meta({ description: 'For people. Never a path.' }),
  mediaType: z.enum(MEDIA_TYPES).meta({ description: 'Detected from the bytes.' }),
  bytes: z.int(),
  sha256: z.string(),
  width: z.int().optional().meta({ description: 'Of a picture, in pixels.' }),
  height: z.int().optional(),
  pages: z.int().optional().meta({ description: 'Of a PDF, if they could be counted.' }),
});
