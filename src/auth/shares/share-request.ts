import { z } from 'zod';
import { futureTime } from '../future-time.ts';

/** What is asked for of a new share. `expiresAt` null: until it is revoked. */
export const chatShareSchema = z.strictObject({ expiresAt: futureTime.nullish() });

export const workspaceShareSchema = z.strictObject({
  access: z.enum(['read', 'write'], 'must be read or write'),
  expiresAt: futureTime.nullish(),
});

export type ShareRequest = z.infer<typeof workspaceShareSchema>;
