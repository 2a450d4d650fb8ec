// Runs in a worker thread (schema-thread.ts). JavaScript, so that it starts from the sources and from the build.
import { parentPort } from 'node:worker_threads';
import { Ajv2020 } from 'ajv/dist/2020.js';

const MOST_ERRORS = 20;

/** Compiled schemas by their JSON, the newest last. */
const compiled = new Map();
const MOST_COMPILED = 50;

function validatorFor(schema) {
  const known = compiled.get(schema);
  if (known) return known;
  // The draft is ignored: common keywords are the same in all drafts.
  const { $schema: _, ...rest } = JSON.parse(schema);
  const ajv = new Ajv2020({
    strict: false,
    logger: false,
    allErrors: true,
    validateFormats: false,
    // Each schema is used once or twice, and optimizing its code takes as long as generating it.
    code: { optimize: false },
  });
  const validate = ajv.compile(rest);
  if (compiled.size === MOST_COMPILED) compiled.delete(compiled.keys().next().value);
  compiled.set(schema, validate);
  return validate;
}

function problemsOf(validate, answer) {
  let value;
  try {
    value = JSON.parse(answer);
  } catch {
    return ['The answer is not JSON.'];
  }
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).slice(0, MOST_ERRORS);
  return errors.map(({ instancePath, message }) => `${instancePath || 'The answer'} ${message}`);
}

parentPort?.on('message', ({ schema, answer }) => {
  try {
    const validate = validatorFor(schema);
    parentPort?.postMessage({ problems: answer === null ? [] : problemsOf(validate, answer) });
  } catch (error) {
    parentPort?.postMessage({ failure: error instanceof Error ? error.message : String(error) });
  }
});

parentPort?.postMessage('ready');
