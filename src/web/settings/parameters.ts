import type { GenerationOptions, Model } from '../../client/index.ts';

/** Parameters that the user has set; absent: the model's default. */
export type Parameters = Pick<GenerationOptions, 'temperature' | 'topP' | 'maxOutputTokens'> & {
  stop?: readonly string[];
};

type NumberName = 'temperature' | 'topP' | 'maxOutputTokens';

/** A numeric parameter of a model. */
export interface NumberParameter {
  name: NumberName;
  label: string;
  /** What higher and lower values mean. */
  about: string;
  min: number;
  max: number;
  /** Whether it must be an integer. */
  whole: boolean;
}

/** The server's limit per request. */
export const MOST_STOPS = 4;
const MOST_OUTPUT_TOKENS = 1_000_000;

/** The numeric parameters of a model, in the order of the form. */
export function numbersOf({ supports, maxOutputTokens }: Model): readonly NumberParameter[] {
  const length: NumberParameter = {
    name: 'maxOutputTokens',
    label: 'Longest answer',
    about: 'In tokens, of about four characters each.',
    min: 1,
    max: maxOutputTokens ?? MOST_OUTPUT_TOKENS,
    whole: true,
  };
  if (!supports.temperature) return [length];
  return [
    {
      name: 'temperature',
      label: 'Temperature',
      about: '0 is the most predictable, 2 the wildest.',
      min: 0,
      max: 2,
      whole: false,
    },
    {
      name: 'topP',
      label: 'Top P',
      about: 'Only the likeliest words, up to this share. Set this or the temperature, not both.',
      min: 0,
      max: 1,
      whole: false,
    },
    length,
  ];
}

/** The parameters that a model supports, within their bounds. */
export function takenBy(model: Model, parameters: Parameters): Parameters {
  const numbers = numbersOf(model).flatMap((parameter) => {
    const value = parameters[parameter.name];
    return value !== undefined && isAllowed(parameter, value) ? [[parameter.name, value] as const] : [];
  });
  const stop = model.supports.stop && parameters.stop?.length ? { stop: parameters.stop } : {};
  return { ...Object.fromEntries(numbers), ...stop };
}

export function isAllowed({ min, max, whole }: NumberParameter, value: number): boolean {
  return value >= min && value <= max && (!whole || Number.isInteger(value));
}

/** The default, as a word or a number. */
export function defaultOf({ defaults, maxOutputTokens }: Model, { name }: NumberParameter): string {
  const value = defaults[name];
  if (typeof value === 'number') return NUMBER.format(value);
  return name === 'maxOutputTokens' && maxOutputTokens !== null
    ? `up to ${NUMBER.format(maxOutputTokens)}`
    : 'the model’s own';
}

/** Stop sequences as typed: one a line, `\n` for a line break. */
export function stopsOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replaceAll('\\n', '\n'))
    .filter((line) => line !== '');
}

export function textOfStops(stops: readonly string[] = []): string {
  return stops.map((stop) => stop.replaceAll('\n', '\\n')).join('\n');
}

/** Parameters from the browser's storage. */
export function parametersFrom(value: unknown): Parameters {
  if (typeof value !== 'object' || value === null) return {};
  const numbers = (['temperature', 'topP', 'maxOutputTokens'] as const).flatMap((name) => {
    const number: unknown = Reflect.get(value, name);
    return typeof number === 'number' ? [[name, number] as const] : [];
  });
  const stop: unknown = Reflect.get(value, 'stop');
  const stops = Array.isArray(stop) ? stop.filter((each) => typeof each === 'string' && each !== '') : [];
  return {
    ...Object.fromEntries(numbers),
    ...(stops.length > 0 ? { stop: stops.slice(0, MOST_STOPS) } : {}),
  };
}

const NUMBER = new Intl.NumberFormat();
