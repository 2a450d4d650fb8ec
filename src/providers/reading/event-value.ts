import { errorIn } from '../connection/error-shapes.ts';
import { errorFromStream } from '../connection/sdk-errors.ts';
import { type Binary, utf8 } from './binary.ts';
import { parseJson } from './json.ts';

/**
 * The parsed data of an event; undefined: to be ignored. Throws if the event is an error, or if it is not JSON and its
 * name is known (an unknown one, such as `event: ping`, is ignored).
 */
export function eventValue(data: Binary, name: string, isKnown: (name: string) => boolean): unknown {
  const isJson = /^\s*[{[]/.test(data);
  if (name === 'error') {
    const error = isJson ? errorIn(parseJson(utf8(data)), { whole: true }) : utf8(data);
    if (error !== null) throw errorFromStream(error);
    return undefined;
  }
  if (!isJson && !isKnown(name)) return undefined;
  return parseJson(utf8(data));
}
