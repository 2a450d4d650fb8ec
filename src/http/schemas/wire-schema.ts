import { z } from 'zod';

/** Without `readonly`, and intersections as one object: neither shows in JSON. */
type Plain<Type> = { -readonly [Key in keyof Type]: Plain<Type[Key]> };

type IsSame<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;

/** The names of the fields in which two types differ. */
type Difference<A, B> = {
  [Key in keyof A | keyof B]: Key extends keyof A & keyof B
    ? IsSame<Pick<A, Key>, Pick<B, Key>> extends true
      ? never
      : Key
    : Key;
}[keyof A | keyof B];

/** The members of a union of events by their type. */
type ByType<Type> = [Type] extends [{ type: string }]
  ? { [Name in Type['type']]: Extract<Type, { type: Name }> }
  : Type;

/** What the compiler shows of a schema that does not describe its type. */
type Check<Wire, Schema, Names> =
  IsSame<Wire, Schema> extends true ? unknown : { differsFromTheWireTypeIn: Names };

type CheckSchema<Wire, Output> = Check<Wire, Output, Difference<ByType<Wire>, ByType<Output>>>;
type CheckObject<Wire, Output> = Check<Wire, Output, Difference<Wire, Output>>;

/**
 * Returns the schema. It does not compile unless the schema describes exactly the type, optional fields included: a
 * field or an event that one of them lacks is an error, whichever it is. Called as `wireSchema<Wire>()(schema)`,
 * because the compiler infers all type parameters of a call or none.
 */
export function wireSchema<Wire>() {
  return <Schema extends z.ZodType>(schema: Schema & CheckSchema<Wire, z.output<Schema>>): Schema => schema;
}

/** Returns the schema of an object with these fields, under the condition of `wireSchema`. */
export function wireObject<Wire>() {
  return <Shape extends z.ZodRawShape>(
    shape: Shape & CheckObject<Wire, z.output<z.ZodObject<Shape>>>,
  ): z.ZodObject<Shape> => z.object<Shape>(shape);
}
