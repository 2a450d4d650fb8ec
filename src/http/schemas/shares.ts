import { z } from 'zod';

const share = {
  id: z.string().meta({ description: 'Not secret.' }),
  access: z.enum(['read', 'write']),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable().meta({ description: 'Null: it does not expire.' }),
};

const token = z.string().meta({ description: 'The token, which is shown only now.' });

export const newShareSchema = z.object({
  ...share,
  token,
  url: z.string().meta({ description: 'Of the page that shows it live; the token is its fragment.' }),
});

export const shareListSchema = z.object({
  shares: z.array(z.object({ ...share, revokedAt: z.iso.datetime().nullable() })),
  nextCursor: z.string().nullable(),
});
