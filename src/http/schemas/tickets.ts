import { z } from 'zod';

export const ticketSchema = z.object({
  ticket: z.string().meta({ description: 'For the query of one request: `?ticket=…`.' }),
  expiresAt: z.iso.datetime().meta({ description: 'A minute from now.' }),
});
