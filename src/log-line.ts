/** Maximum length of a log line; log collectors cut or drop longer ones. */
const LINE_BYTES = 16 * 1024;

/** Limits for strings, lists and objects of a line that is too long; tried in this order. */
const ROOM = [
  { chars: 1_000, entries: 100 },
  { chars: 200, entries: 20 },
  { chars: 100, entries: 5 },
];

type Room = (typeof ROOM)[number];

/**
 * Bounds the length of a JSON line (LIMIT-2). In a line that is too long strings, lists and objects are shortened, and
 * `cut` has the original length; short values, such as a request id, stay.
 */
export function shortLine(line: string): string {
  if (isShort(line)) return line;
  const logged: unknown = JSON.parse(line);
  const entries = Object.entries(typeof logged === 'object' && logged !== null ? logged : {});
  const cut: [string, unknown] = ['cut', line.length];
  for (const room of ROOM) {
    const short = lineOf([...entries.map((entry) => shortEntry(entry, room)), cut]);
    if (isShort(short)) return short;
  }
  // Level, time and ids of child loggers, which are the first fields; and the message, which is the last one.
  const plain = entries.filter(([, value]) => typeof value !== 'object');
  const kept = [...plain.slice(0, 20), ...plain.filter(([name]) => name === 'msg')];
  return lineOf([...kept.map((entry) => shortEntry(entry, { chars: 100, entries: 0 })), cut]);
}

function isShort(line: string): boolean {
  return line.length <= LINE_BYTES / 3 || Buffer.byteLength(line) <= LINE_BYTES;
}

function lineOf(entries: Array<[string, unknown]>): string {
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

function shortEntry([name, value]: [string, unknown], room: Room): [string, unknown] {
  return [beginning(name, room.chars), shortened(value, room)];
}

function shortened(value: unknown, room: Room): unknown {
  if (typeof value === 'string') return beginning(value, room.chars);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.slice(0, room.entries).map((each) => shortened(each, room));
  const entries = Object.entries(value).slice(0, room.entries);
  return Object.fromEntries(entries.map((entry) => shortEntry(entry, room)));
}

function beginning(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars).toWellFormed()}… (${text.length} characters)`;
}
