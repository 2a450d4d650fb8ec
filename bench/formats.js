// Requests and responses of the load generator: in Azure's format (to the upstream, or through the pipe) and in the
// service's. Readers are strict, but cheap: the generator shares the machine.

/** @typedef {import('./answer.js').Instruction} Instruction */

/**
 * @typedef {object} Reader reads one answer
 * @property {(event: string) => string} content takes one event without its final blank line, gives the text in it (''
 * for none)
 * @property {(length: number) => string | null} fault after the end: what is wrong with how it ended, null for nothing;
 * `length` is that of the whole text
 */

/**
 * @typedef {object} Format
 * @property {(instruction: Instruction, chatId?: string) => string} body
 * @property {() => Reader} reader
 */

/** @param {Instruction} instruction */
const messages = (instruction) => [{ role: 'user', content: JSON.stringify(instruction) }];

const BEFORE = '"delta":{"content":"';
const AFTER = '"},"finish_reason":null';

/** @type {Format} */
const azure = {
  body: (instruction) =>
    JSON.stringify({
      messages: messages(instruction),
      stream: true,
      stream_options: { include_usage: true },
    }),
  reader: () => {
    let stopped = false;
    let done = false;
    return {
      content: (event) => {
        // Extracting text from a known shape costs a tenth of parsing.
        const start = event.indexOf(BEFORE);
        if (start !== -1) {
          if (event[start + BEFORE.length] === '"') return ''; // the role's chunk, with empty content
          const end = event.indexOf(AFTER, start);
          if (end === -1) throw new Error(`no chunk of this upstream: ${event}`);
          const text = event.slice(start + BEFORE.length, end);
          return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
        }
        if (event === 'data: [DONE]') done = true;
        else if (event.includes('"finish_reason":"stop"')) stopped = true;
        return '';
      },
      fault: () => (stopped && done ? null : 'it ended without finish_reason and [DONE]'),
    };
  },
};

/** @type {Format} */
const native = {
  body: (instruction, chatId) => JSON.stringify({ chatId, messages: messages(instruction) }),
  reader: () => {
    let terminals = 0;
    let last = '';
    return {
      content: (event) => {
        const data = event.indexOf('data: ');
        if (data === -1) return ''; // a heartbeat comment
        const parsed = JSON.parse(event.slice(data + 'data: '.length));
        last = event;
        if (parsed.type === 'content') return parsed.content;
        if (parsed.type === 'complete' || parsed.type === 'stopped' || parsed.type === 'error') terminals++;
        return '';
      },
      fault: (length) => {
        if (terminals !== 1) return `it had ${terminals} terminal events; the last event was ${last}`;
        if (!last.includes('"type":"complete"')) return `it ended in ${last}`;
        // A position counts the characters, plus one for the terminal.
        const position = Number(/^id: [^:\n]+:(\d+)$/m.exec(last)?.[1]);
        return position === length + 1
          ? null
          : `its terminal is at position ${position} after ${length} characters`;
      },
    };
  },
};

/** @type {Record<'azure' | 'native', Format>} */
export const formats = { azure, native };
