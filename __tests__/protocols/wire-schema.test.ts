import { z } from 'zod';
import { wireObject, wireSchema } from '../../src/http/schemas/wire-schema.ts';

interface Note {
  type: 'note';
  text: string;
  by?: string;
}

interface Mark {
  type: 'mark';
  at: readonly number[];
}

const type = z.literal('note');
const text = z.string();
const by = z.string().optional();

/** The directives of this file are the test: `npm run typecheck` fails where one of them has no error to expect. */
it('[WIRE-6] a schema that differs from the type of the wire does not compile', () => {
  // @ts-expect-error: a field is missing
  wireObject<Note>()({ type, by });
  // @ts-expect-error: an optional field is missing
  wireObject<Note>()({ type, text });
  // @ts-expect-error: a field too many
  wireObject<Note>()({ type, text, by, at: z.int() });
  // @ts-expect-error: an optional field too many
  wireObject<Note>()({ type, text, by, at: z.int().optional() });
  // @ts-expect-error: optional in the schema only
  wireObject<Note>()({ type, text: text.optional(), by });
  // @ts-expect-error: optional in the type only
  wireObject<Note>()({ type, text, by: z.string() });
  // @ts-expect-error: null in the schema only
  wireObject<Note>()({ type, text: text.nullable(), by });

  const note = wireObject<Note>()({ type, text, by });
  const mark = wireObject<Mark>()({ type: z.literal('mark'), at: z.array(z.int()) });
  const other = z.object({ type: z.literal('other') });
  // @ts-expect-error: a type of event is missing
  wireSchema<Note | Mark>()(z.discriminatedUnion('type', [note]));
  // @ts-expect-error: a type of event too many
  wireSchema<Note | Mark>()(z.discriminatedUnion('type', [note, mark, other]));

  const schema = wireSchema<Note | Mark>()(z.discriminatedUnion('type', [note, mark]));
  expect(schema.parse({ type: 'mark', at: [1] })).toEqual({ type: 'mark', at: [1] });
});
