import { z } from 'zod';
import { SCOPES } from '../../auth/principal.ts';

export const signedInSchema = z.object({
  user: z
    .object({
      userId: z.string(),
      tenantId: z.string(),
      name: z.string().meta({ description: 'For people: that of the key, or the user’s id.' }),
      scopes: z.array(z.enum(SCOPES)),
    })
    .nullable()
    .meta({ description: 'Null: the request has no valid credential.' }),
  methods: z.array(z.string()).meta({
    description:
      'Accepted credentials: `keys`, `jwt`, `oidc`. With `keys` one can sign in here, with `oidc` at the identity provider.',
  }),
  identityProvider: z
    .string()
    .nullable()
    .meta({ description: 'Its name, for people. Null: `oidc` is not accepted.' }),
});

export const signInAddressSchema = z.object({
  url: z.string().meta({ description: 'Of the identity provider.' }),
});
