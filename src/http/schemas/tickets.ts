import { z } from 'zod';

export const ticketSchema = z.object({
  ticket: z.string().meta({ description: 'For the query of one request: `?ticket=…`.' }),
  expiresAt: z.iso.datetime().meta({ description: 'A minute from now.' }),
  access: z
    .enum(['read', 'write'])
    .optional()
    .meta({ description: 'What its share allows; only where there is one.' }),
});
