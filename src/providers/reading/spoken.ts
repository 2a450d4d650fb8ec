import { type Fields, fieldsOf } from './fields.ts';

/** A piece of text of a model; `thought`: it is reasoning, not part of the answer. */
export interface Spoken {
  text: string;
  thought: boolean;
}

/** Maximum nesting of parts; deeper ones are ignored. */
const DEEPEST_PART = 8;

/** Fields of a part of a message, with the names of all providers. */
interface Part {
  type: unknown;
  /** Gemini: this part is reasoning. */
  thought: unknown;
  text: unknown;
  refusal: unknown;
  content: unknown;
  value: unknown;
  thinking: unknown;
  reasoning: unknown;
  summary: unknown;
}

/**
 * The text in the content of a message: a string, or a list of parts (`{type: "text", text}`, Mistral's `{type:
 * "thinking", thinking: [{text}]}`, OpenRouter's `{type: "reasoning.text", text}`). Everything else is ignored.
 */
export function spokenIn(content: unknown, thought = false): Spoken[] {
  if (typeof content === 'string') return content === '' ? [] : [{ text: content, thought }];
  if (typeof content !== 'object' || content === null) return [];
  const spoken: Spoken[] = [];
  collect(content, thought, 0, spoken);
  return spoken;
}

/** The text of the first of these fields that has any: some providers send the same text in two fields. */
export function firstSpoken(places: readonly unknown[], thought: boolean): Spoken[] {
  for (const place of places) {
    const spoken = spokenIn(place, thought);
    if (spoken.length > 0) return spoken;
  }
  return [];
}

/** All reasoning, or all text of the answer. */
export function joined(spoken: readonly Spoken[], thought: boolean): string {
  return spoken.map((piece) => (piece.thought === thought ? piece.text : '')).join('');
}

/** Returns whether there was any text. Adjacent pieces are merged. */
function collect(content: unknown, thought: boolean, depth: number, spoken: Spoken[]): boolean {
  if (typeof content === 'string') return add(content, thought, spoken);
  if (typeof content !== 'object' || content === null || depth > DEEPEST_PART) return false;
  if (!Array.isArray(content)) return collectPart(fieldsOf(content), thought, depth + 1, spoken);
  let said = false;
  for (const part of content) if (collect(part, thought, depth + 1, spoken)) said = true;
  return said;
}

function collectPart(part: Fields<Part>, thought: boolean, depth: number, spoken: Spoken[]): boolean {
  const type = typeof part.type === 'string' ? part.type : '';
  // Input and output of tools are not text of the model.
  if (/tool|function/.test(type)) return false;
  for (const place of [part.thinking, part.reasoning, part.summary]) {
    if (collect(place, true, depth, spoken)) return true;
  }
  const isThought = thought || part.thought === true || /think|reason|thought/.test(type);
  for (const place of [part.text, part.refusal, part.content, part.value]) {
    if (collect(place, isThought, depth, spoken)) return true;
  }
  return false;
}

function add(text: string, thought: boolean, spoken: Spoken[]): boolean {
  if (text === '') return false;
  const last = spoken.at(-1);
  if (last?.thought === thought) last.text += text;
  else spoken.push({ text, thought });
  return true;
}
