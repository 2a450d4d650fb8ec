import { runInNewContext } from 'node:vm';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { ResponseFormat } from '../chat/models.ts';
import { InvalidRequestError } from '../errors.ts';
import { REDACTED } from '../runs/log.ts';
import type { Producer } from '../runs/producer.ts';

/** Larger schemas are refused: compiling them takes time that others wait for. UTF-16 units of JSON. */
const LONGEST_SCHEMA = 64 * 1024;
const MOST_ERRORS = 20;
/** What compiling or checking may take, in ms: a malicious `pattern` would take for ever, and everybody would wait. */
const MOST_MS = 1_000;

/** What is wrong with an answer; empty: nothing. */
export type Validate = (answer: string) => string[];

/** Throws InvalidRequestError for what is no JSON schema (draft 2020-12). */
export function validatorOf({ schema }: ResponseFormat): Validate {
  const refuse = (message: string) => InvalidRequestError.field('options.responseFormat.schema', message);
  if (JSON.stringify(schema).length > LONGEST_SCHEMA) {
    throw refuse(`must be at most ${LONGEST_SCHEMA} characters of JSON`);
  }
  const ajv = new Ajv2020({
    strict: false,
    logger: false,
    allErrors: true,
    validateFormats: false,
  });
  // Whatever draft it says it is: what people use is the same in all of them.
  const { $schema: _, ...rest } = schema;
  try {
    const validate = bounded(() => ajv.compile(rest));
    return (answer) =>
      bounded(() => validate(JSON.parse(answer))) ? [] : (validate.errors ?? []).map(sentence);
  } catch (error) {
    throw refuse(`is not a JSON schema: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Collects an answer on its way, and says at its end whether it fits (PROV-7). */
export function withValidation(producer: Producer, validate: Validate): Producer {
  return async (sink, signal) => {
    let text = '';
    const completion = await producer(
      {
        content(chunk) {
          text += chunk;
          sink.content(chunk);
        },
        reasoning: (chunk) => sink.reasoning(chunk),
        redact(from, to) {
          text = text.slice(0, from) + REDACTED.repeat(to - from) + text.slice(to);
          sink.redact(from, to);
        },
        status: (remark) => sink.status(remark),
      },
      signal,
    );
    const validationErrors = problemsOf(text, validate);
    return { ...completion, valid: validationErrors.length === 0, validationErrors };
  };
}

function problemsOf(text: string, validate: Validate): string[] {
  try {
    return validate(text).slice(0, MOST_ERRORS);
  } catch (error) {
    return [
      error instanceof SyntaxError ? 'The answer is not JSON.' : 'The answer could not be checked in time.',
    ];
  }
}

function sentence({ instancePath, message }: ErrorObject): string {
  return `${instancePath || 'The answer'} ${message}`;
}

/** Only what a sandbox has called can be interrupted. */
function bounded<Result>(work: () => Result): Result {
  const box: { work: () => void; result?: Result } = {
    work: () => {
      box.result = work();
    },
  };
  runInNewContext('work()', box, { timeout: MOST_MS });
  return box.result as Result;
}
