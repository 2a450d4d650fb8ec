import { z } from 'zod';
import { modelName, storableText } from '../../chat/question-fields.ts';
import { boundedArray } from '../../chat/validation.ts';
import { futureTime } from '../future-time.ts';
import { SCOPES, type Scope } from '../principal.ts';

/** Names are shown in lists and logs, in one line. */
const line = (most: number) =>
  storableText
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must be at most ${most} characters`)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must not contain control characters');

const scope = z.enum(SCOPES, `must be one of ${SCOPES.join(', ')}`);

/** What is asked for of a new key. */
export const keyRequestSchema = z.strictObject({
  name: line(100),
  userId: line(256).nullish(),
  scopes: boundedArray(scope, SCOPES.length, 'scopes', 1).nullish(),
  models: boundedArray(modelName, 100, 'models', 1).nullish(),
  expiresAt: futureTime.nullish(),
});

/** As parsed. `userId` null: the caller; `scopes` null: DEFAULT_SCOPES; `models` null: all; `expiresAt` null: never. */
export type KeyRequest = z.infer<typeof keyRequestSchema>;

export const DEFAULT_SCOPES: readonly Scope[] = ['chat'];
