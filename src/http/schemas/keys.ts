import { z } from 'zod';
import { SCOPES } from '../../auth/principal.ts';

const moment = z.iso.datetime();

const key = {
  id: z.string().meta({ description: 'Part of the key, and not secret.' }),
  name: z.string(),
  userId: z.string().meta({ description: 'Whose resources it opens.' }),
  scopes: z.array(z.enum(SCOPES)),
  models: z.array(z.string()).nullable().meta({ description: 'Models that may be asked; null: all.' }),
  createdAt: moment,
  expiresAt: moment.nullable().meta({ description: 'Null: it does not expire.' }),
};

export const newKeySchema = z.object({
  ...key,
  key: z.string().meta({ description: 'The key itself, which is shown only now.' }),
});

export const keyListSchema = z.object({
  keys: z.array(z.object({ ...key, revokedAt: moment.nullable() })),
  nextCursor: z.string().nullable(),
});

export const auditSchema = z.object({
  entries: z.array(
    z.object({
      id: z.int().meta({ description: 'They grow with time.' }),
      at: moment,
      userId: z.string(),
      credential: z
        .object({ kind: z.string(), id: z.string() })
        .nullable()
        .meta({ description: 'Null: no authentication, or the command line.' }),
      action: z.string().meta({ description: '`key.created`, `chat.deleted` …' }),
      resource: z.string(),
      resourceId: z.string(),
      address: z.string().nullable().meta({ description: 'The network address of the client.' }),
    }),
  ),
  nextCursor: z.string().nullable(),
});
