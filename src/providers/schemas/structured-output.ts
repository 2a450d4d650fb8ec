import type { ResponseFormat } from '../../chat/models.ts';
import { InvalidRequestError, ServiceError } from '../../errors.ts';
import type { Producer } from '../../runs/producer.ts';
import { Regions } from '../../runs/regions.ts';
import { REDACTED } from '../../runs/text.ts';
import { NotCheckedError, schemaThread } from './schema-thread.ts';

/** Maximum size of a schema. UTF-16 units of JSON. */
const LONGEST_SCHEMA = 64 * 1024;
const DEEPEST_SCHEMA = 64;

/** Checks answers against a schema. */
export interface Validator {
  /** Resolves when the schema is compiled. Throws InvalidRequestError, or `overloaded` if the queue is too long. */
  ready(): Promise<void>;
  /** The mistakes in an answer; empty: it is valid. */
  check(answer: string): Promise<string[]>;
}

const refuse = (message: string) => InvalidRequestError.field('options.responseFormat.schema', message);

/** Throws InvalidRequestError for a schema (draft 2020-12) that is too long or too deep. */
export function validatorOf({ schema }: ResponseFormat): Validator {
  if (isDeeper(schema, DEEPEST_SCHEMA)) throw refuse(`must be at most ${DEEPEST_SCHEMA} levels deep`);
  const json = JSON.stringify(schema);
  if (json.length > LONGEST_SCHEMA) throw refuse(`must be at most ${LONGEST_SCHEMA} characters of JSON`);
  let compiled: Promise<void> | undefined;
  return {
    ready() {
      compiled ??= compile(json);
      return compiled;
    },
    async check(answer) {
      try {
        const outcome = await schemaThread.check(json, answer);
        return 'problems' in outcome ? outcome.problems : [outcome.failure];
      } catch {
        return ['The answer could not be checked in time.'];
      }
    },
  };
}

async function compile(json: string): Promise<void> {
  try {
    const outcome = await schemaThread.check(json, null);
    if ('failure' in outcome) throw refuse(`is not a JSON schema: ${outcome.failure}`);
  } catch (error) {
    if (!(error instanceof NotCheckedError)) throw error;
    if (error.own) throw refuse('takes too long to compile');
    const message = 'Too many schemas are being checked; try again in a moment.';
    throw new ServiceError('overloaded', message, { headers: { 'retry-after': '5' } });
  }
}

/** Level by level, because recursion could overflow the stack. */
function isDeeper(value: unknown, depth: number): boolean {
  let level = [value].filter(isNested);
  for (let at = 0; level.length > 0; at += 1) {
    if (at === depth) return true;
    level = level.flatMap((nested): unknown[] => Object.values(nested)).filter(isNested);
  }
  return false;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Collects the answer while it streams, and validates it at its end (PROV-7). */
export function withValidation(producer: Producer, validator: Validator): Producer {
  return async (sink, signal) => {
    await validator.ready();
    let text = '';
    const takenBack = new Regions();
    const completion = await producer(
      {
        content(chunk) {
          text += chunk;
          sink.content(chunk);
        },
        reasoning: (chunk) => sink.reasoning(chunk),
        redact(from, to) {
          takenBack.add({ from, to: Math.min(to, text.length) });
          sink.redact(from, to);
        },
        status: (remark) => sink.status(remark),
        emit: (event) => sink.emit(event),
      },
      signal,
    );
    const validationErrors = await validator.check(takenBack.over(text, REDACTED));
    return { ...completion, valid: validationErrors.length === 0, validationErrors };
  };
}
